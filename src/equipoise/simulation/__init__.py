"""Virtual participants, drawn as events from what a study assumes and folded by the same engine as anybody's.

Nothing is drawn that a study does not assume: what is missing is listed (`lacking`) and simulation refuses. What is
taken for granted instead is this, and no more:

- Every number is drawn at an address (the seed, trial, participant, what it is for, which time), so that participant
  17 of trial 4 is the same alone or among a thousand, and whoever is drawn by the compiled interpreter.
- Accrual begins on `dates.start`, else on 2025-01-01; it is a Poisson process. Past patients of a study that also
  looks forward (a cohort with `perspective: retrospective`) joined as long before that day as they were drawn to after.
- Consent, the judgements that criteria ask for and the forms that eligibility looks at are recorded the day before
  enrolment, allocation on the day of enrolment or of what it comes after, and treatment begins on the day after. Where
  all look back (`design.perspective: retrospective`), the record begins with the pathway, ends with a last contact on
  the last day and is enrolled then, when all of it is known.
- Of a study with earlier versions everybody consents to the newest.
- Who is not eligible is drawn again and counted as screened. A judgement of which nothing is assumed bars nobody.
- The site keeps every promise, but for activities of the schedule that are assumed to be `missed`: what is due is done on its due day, what is owed on the first day possible, one
  repetition after the last has ended, never the same activity twice on a day, never closer than `apart` allows.
  Answers are drawn anew until what a step requires of them holds; what it looks for and is not there is done first.
- A number assumed with a `change` drifts from the last, a code with `change: 0` stays; without, each is drawn anew.
  Dates count from `from`, else from their form; one that would lie ahead of its form lies as far back, since a form
  tells what has been.
- Items that are `correlated` go together by their normal scores, whatever their own distributions are, each time that
  one is drawn with the last of the others; items of which it is not said do not.
- `from` of what happens by itself is enrolment. `per_month` goes on as long as the participant is followed; chances
  named after an activity hold for each time that it takes place, and what follows it is recorded the day after.
- A hazard ratio multiplies the hazard of everybody in the other arm, from `effect_after` on, the `cured` among them. A
  median or `hazards` beside a `cured` share are of those who are not. Beyond the last of its `points` the hazard of a
  curve goes on as on average over its last half. `factors` multiply while their statement is met, which is asked again
  whenever something is recorded; one with a `chance` holds for that share alone, as of those who cross over.
- A withdrawal that happens by itself is from follow-up, one that the pathway asks for is from treatment.
- Lesions lie in the liver unless `organ` is assumed. A response shrinks or enlarges all of them alike, treatment takes
  away those it names, largest first, and nothing comes back.
- People decide by the chances assumed of the step, else as the rule proposes. Repetitions are as many as are assumed
  of the step, else any number allowed, all alike. Sites recruit alike unless `site` is assumed, or `accrual` says
  when each of its `sites` opens and how long its pace takes to rise (`ramp`).
- What things cost (`costs`) is reckoned from what took place, and changes nobody's course.
"""

from .assumptions import assumption_findings
from .lacking import lacking
from .participants import Unassumed, VirtualParticipant, virtual

__all__ = ["Unassumed", "VirtualParticipant", "assumption_findings", "lacking", "virtual"]

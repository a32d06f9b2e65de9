"""Records of trials in a folder, indexed once and searched: by words, by place and phase, by whom a trial takes.

What a record does not say never counts against a trial: it is found, after those that say it, and marked as unsaid.
"""

from .folder import trials
from .index import Library, Taken
from .question import Found, Question, question
from .trial import Trial, record_of, record_trial, row_trial, trial
from .whom import ecog_taken

__all__ = [
    "Found",
    "Library",
    "Question",
    "Taken",
    "Trial",
    "ecog_taken",
    "question",
    "record_of",
    "record_trial",
    "row_trial",
    "trial",
    "trials",
]

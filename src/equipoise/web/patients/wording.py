"""What the patients' pages say in words of ours. A test measures how hard they are to read."""

DATE = "Like this: 2026-11-21."
BETWEEN = "From {low} to {high}."
NEEDED = "Please answer this one."
PICK = "Please pick one of these."
NUMBER = "Please write a number."
OUTSIDE = "This number is too low or too high. Please look again."
NO_DATE = "Please write a day like this: 2026-11-21."

NOT_WATCHED = (
    "Nobody watches these pages for emergencies. It may take days until somebody reads what you write. "
    "If you feel very ill, or if you are worried, call your doctor or the emergency number now."
)

CONTACT_TITLE = "Ask to be contacted"
CONTACT = (
    "Leave your name and how we can reach you. A person of the study team will call you or write to you. "
    "You do not agree to anything by this. You can say no at any time."
)
CONTACT_SEALED = "What you write is locked before it is kept. Only the study team has the key."
NAME, REACH, BEST, SAY = "Your name", "Your phone number or email", "When is a good time?", "What would you like to tell us?"
OPTIONAL = "You can leave this out."
MAY_CALL = "Yes, the study team may contact me about this study."
MAY_CALL_NEEDED = "We can only contact you if you say yes here."
NAME_NEEDED = "Please tell us your name."
REACH_NEEDED = "Please tell us how we can reach you."
CONTACT_SEND = "Send"
CONTACT_SENT = "Thank you. The study team will read this. It may take some days until they call you or write to you."
CONTACT_CLOSED = "You cannot leave a message here now. Please call the study team, or ask your doctor."

LINK_TITLE = "Some questions for you"
LINK = "This link is for you alone. It opens once, in this browser. What you answer goes to your study team."
LINK_TIME = "Your answers are saved as you go. You can close this page and come back to it here. Send them by {day}."
BEGIN = "Begin"
SAVED, NOT_SAVED = "Saved.", "Not saved yet. Are you online?"
SAVE, SEND = "Save and go on later", "Send my answers"
LOOK_AGAIN = "Nothing is sent yet. Please look at what is marked in red."
MORE = "There are more questions now, because of what you answered. Please answer them too, or leave them out, and send."
SENT = "Thank you. Your answers are sent to your study team. You can close this page."
SENT_TWICE = "These answers are sent. If you want to change one, tell your study team."
GONE = "This link does not work, or no longer. It may be old, or it was opened before. Ask your study team for a new one."

ABSENT_TITLE, ABSENT = "Not here", "There is no such page."
TOO_OFTEN_TITLE, TOO_OFTEN = "Please wait", "This was tried too often. Please wait for an hour, and try again."
BAD_TITLE, BAD = "That did not work", "We could not read what was sent. Please go back, load the page again, and try once more."
FAULT_TITLE, FAULT = "That did not work", "This is a fault of ours. Please try again later, or call your study team."
STUDIES_TITLE, STUDIES = "Studies", "These studies have a page in plain words. Pick one to read about it."
NONE = "There is no study here at this time."


def sentences() -> tuple[str, ...]:
    """Every sentence of these."""
    return tuple(
        value for name, value in globals().items() if name.isupper() and isinstance(value, str) and value.endswith(".")
    )

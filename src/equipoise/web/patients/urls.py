"""The addresses of the patients' application: all of them."""

from django.urls import path

from . import contact, errors, pages, questionnaire

handler400, handler403, handler404, handler500 = errors.bad, errors.refused, errors.absent, errors.fault

urlpatterns = [
    path("", pages.studies, name="studies"),
    path("study/<slug:study>/", pages.page, name="page"),
    path("study/<slug:study>/contact/", contact.contact, name="contact"),
    path("l/<str:token>/", questionnaire.link, name="link"),
    path("answers/", questionnaire.answers, name="answers"),
    path("answers/save/", questionnaire.save, name="save"),
    path("file/<str:name>", pages.file, name="file"),
    path("health", pages.health, name="health"),
]

"""The application."""

from django.apps import AppConfig


class Patients(AppConfig):
    """Pages, requests to be contacted, answers."""

    name = "equipoise.web.patients"
    label = "patients"

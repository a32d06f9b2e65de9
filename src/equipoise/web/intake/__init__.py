"""What comes from outside: tables of results, patients' answers, requests to be contacted. Nothing of it is believed unread."""

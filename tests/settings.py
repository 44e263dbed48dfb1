"""The program's own settings, with what a test must not wait for or leave behind."""

import os
from tempfile import TemporaryDirectory

var = TemporaryDirectory(prefix="waterservice-tests-")
os.environ["VAR_DIR"] = var.name
os.environ["DEBUG"] = "off"

from waterservice.settings import *  # noqa: E402, F403
from waterservice.settings import STORAGES  # noqa: E402

# Tests and Chromium speak plain HTTP to this very machine.
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = False
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    **STORAGES,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# Off, so that a refused sign-in in one test locks nobody in the next; the fixture `lockout` turns it on.
AXES_ENABLED = False
# Sentences are compared in the source language; that the Chinese ones are complete, tests/test_catalogue.py says.
LANGUAGE_CODE = "en"

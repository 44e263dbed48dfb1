"""The door for gunicorn and its like: `gunicorn waterservice.wsgi`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "waterservice.settings")
application = get_wsgi_application()

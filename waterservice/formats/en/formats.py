from waterservice.formats.iso import *  # noqa: F403

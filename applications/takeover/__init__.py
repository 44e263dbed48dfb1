"""Taking over cases that are under way on paper: the third way in which a case is written (docs/decisions/0013).

plan      of each kind of request, what a file says of each stage and how it is written
reading   what was stated, read by the plan's forms
replay    the earlier stages, written through the services with the paper's own days
signing   entering, amending, granting, refusing
"""

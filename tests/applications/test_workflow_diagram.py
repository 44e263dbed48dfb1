from django.core.management import call_command


def test_the_page_of_the_workflow_is_up_to_date() -> None:
    call_command("workflow_diagram", check=True)

"""What each clause of the hall's procedure asks for, in a sentence: shown wherever a page names the clause."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from waterservice.text import Words

CLAUSES: Mapping[str, Words] = {
    # new connection (新装接水)
    "NC-1": _("The applicant fills in the form and hands in the documents; a map of the network costs its copy fee."),
    "NC-2": _("Once the data are confirmed the case goes to the business office the same day, to check for arrears."),
    "NC-3": _("Arrears are settled at the service centre first; until then the request is not processed."),
    "NC-4a": _("The design office surveys the site within 7 working days."),
    "NC-4b": _("The design plan follows within 5 working days; the applicant is told which permits to obtain."),
    "NC-4c": _("The project budget follows within 5 working days of complete permits."),
    "NC-4d": _("The responsible leader approves the budget."),
    "NC-5": _("The service centre collects the project fee."),
    "NC-6": _("The construction agreement is signed; the design office completes the formalities and issues the task."),
    "NC-7": _("The construction unit builds in the time that was agreed."),
    "NC-8": _("The design office organises the joint acceptance and makes the final settlement."),
    "NC-9": _("The service centre signs the water-supply agreement with the applicant."),
    "NC-10": _("From 100,000 yuan up the deputy general manager approves before water is turned on."),
    "NC-11": _("The meter card is handed over within 30 calendar days of the end of construction."),
    "NC-12": _("The account is opened and its file is set up."),
    "NC-13": _("The business office begins to read the meter."),
    "NC-C1": _("Documents are checked with care: complete, genuine, and nothing owed."),
    "NC-C2": _("Construction follows the drawings and the specification."),
    "NC-C3": _("Acceptance follows the specification strictly."),
    "NC-C4": _("The account's data are checked with care when its file is set up."),
    "NC-C5": _("A large user who is a natural person pays a deposit of 3 months’ water, returned after a good year."),
    # one household, one meter (一户一表)
    "HM-1": _("The request lists every household; bill of this month, consent to the works, arrears paid first."),
    "HM-2": _("The leader of the business office approves the request."),
    "HM-3": _("The service centre passes the case to the design office before 17:00 the same day."),
    "HM-4": _("The designer surveys within 7 working days and says whether the place is suitable."),
    "HM-4b": _("Design or budget with a price for each household, approved by the leader."),
    "HM-5": _("Each household pays, prepays 30 days’ water and signs the installation agreement."),
    "HM-5b": _("The design office issues the construction task."),
    "HM-6": _("Construction ends within 30 calendar days of payment, or as a special project’s agreement says."),
    "HM-7a": _("After the acceptance meter cards are handed to the design office every seven days."),
    "HM-7b": _("The design office checks the cards and passes them to the business office within a week."),
    "HM-7c": _("The service centre makes a return visit; the users sign the water-supply agreement."),
    "HM-7d": _("The design office makes the final settlement."),
    "HM-8": _("Within 30 days of water on the users are told to collect the refund of the deposit."),
    "HM-9": _("An account is filed for each household; water on is recorded with its date."),
    "HM-10": _("The business office reads the meters."),
    "HM-C1": _("Documents are checked with care: complete, genuine, and nothing owed."),
    "HM-C2": _("Construction follows the drawings and the specification."),
    "HM-C3": _("Where the master meter stays, pipeline management decides whether it is changed."),
    "HM-C4": _("Acceptance follows the specification strictly."),
    "HM-C5": _("The account's data are checked with care when its file is set up."),
    # transfer of ownership (过户)
    "OT-1": _("The form is filled in at the hall, with the documents of both holders."),
    "OT-2": _("A developer also pays a deposit of 3 billing cycles’ water and hands in the list of residents."),
    "OT-3": _("The counter itself reviews the documents and checks for arrears, which are settled first."),
    "OT-4": _("A developer's transfer is checked on site by the business office and approved by its manager."),
    "OT-5": _("The duty manager approves an ordinary transfer."),
    "OT-6": _("The water-supply agreement is signed anew."),
    "OT-7": _("The user's data are changed; the final reading is taken and billed before."),
}

from django.urls import URLPattern, URLResolver, path, register_converter

from applications.views import calendar, case, home, intake, notices, papers, statistics, takeovers
from waterservice.numbers import RowConverter

register_converter(RowConverter, "row")

app_name = "applications"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("export/", home.home_export, name="home-export"),
    path("approvals/", home.approvals, name="approvals"),
    path("approvals/export/", home.approvals_export, name="approvals-export"),
    path("cases/", home.register, name="register"),
    path("cases/export/", home.register_export, name="register-export"),
    path("search/", home.search, name="search"),
    path("search/export/", home.search_export, name="search-export"),
    path("cases/new/", intake.new_connection, name="new"),
    path("cases/new/known/", intake.known, name="known"),
    path("statistics/", statistics.statistics, name="statistics"),
    path("statistics/export/", statistics.statistics_export, name="statistics-export"),
    path("calendar/", calendar.year, name="calendar"),
    path("calendar/notice/", calendar.enter_notice, name="calendar-notice"),
    path("calendar/day/", calendar.enter_day, name="calendar-day"),
    path("calendar/day/take-back/", calendar.take_back_day, name="calendar-take-back"),
    path("notices/", notices.notices, name="notices"),
    path("notices/read/", notices.read, name="notices-read"),
    path("takeovers/", takeovers.takeovers, name="takeovers"),
    path("takeovers/export/", takeovers.takeovers_export, name="takeovers-export"),
    path("takeovers/new/", takeovers.enter, name="takeover-new"),
    path("takeovers/sections/", takeovers.sections, name="takeover-sections"),
    path("takeovers/<int:pk>/", takeovers.takeover, name="takeover"),
    path("takeovers/<int:pk>/amend/", takeovers.amend, name="takeover-amend"),
    path("takeovers/<int:pk>/check/", takeovers.check, name="takeover-check"),
    path("takeovers/<int:pk>/grant/", takeovers.grant, name="takeover-grant"),
    path("takeovers/<int:pk>/refuse/", takeovers.refuse, name="takeover-refuse"),
    path("takeovers/<int:pk>/scans/<int:scan_id>/", takeovers.scan, name="takeover-scan"),
    path("papers/verify/", papers.verify, name="verify"),
    path("cases/<str:number>/", case.case_page, name="case"),
    path("cases/<str:number>/unmask/", case.unmask, name="unmask"),
    path("cases/<str:number>/steps/<slug:name>/", case.step, name="step"),
    path("cases/<str:number>/tasks/<slug:name>/", case.task, name="task"),
    path("cases/<str:number>/papers/<row:paper_id>/", papers.paper, name="paper"),
    path("cases/<str:number>/papers/<row:paper_id>/signed/", papers.signed_copy, name="signed-copy"),
    path("cases/<str:number>/documents/<row:document_id>/", papers.document, name="document"),
    path("cases/<str:number>/plans/<row:file_id>/", papers.plan, name="plan"),
    path("cases/<str:number>/evidence/<row:file_id>/", papers.evidence, name="evidence"),
    path("cases/<str:number>/drafts/<slug:kind>/", papers.draft, name="draft"),
]

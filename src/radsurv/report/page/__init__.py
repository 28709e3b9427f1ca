"""The sections of the page: one module each, with one `radsurv.report.page_section.PageSection` and a partial of its name."""

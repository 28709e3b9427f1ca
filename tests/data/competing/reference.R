# Cumulative incidence of both causes in patients.csv by survival (survfit of a multi-state outcome) and by cmprsk (cuminc), and the
# hazard ratio of the groups with the other cause censored; writes incidence.csv and hazard.csv beside it.
# Rscript reference.R, in this folder.
suppressMessages({library(survival); library(cmprsk)})
patients <- read.csv("patients.csv")
patients$state <- factor(patients$status, 0:2, c("censored", "one", "two"))
rows <- list()
for (who in c("long", "short")) {
  own <- patients[patients$group == who, ]
  fit <- survfit(Surv(month, state) ~ 1, data = own)
  times <- sort(unique(own$month))
  stopifnot(identical(as.numeric(fit$time), as.numeric(times)))
  other <- timepoints(cuminc(own$month, own$status), times)$est
  for (cause in 1:2) {
    rows[[length(rows) + 1]] <- data.frame(
      group = who, cause = cause, time = times, incidence = fit$pstate[, cause + 1], se = fit$std.err[, cause + 1],
      lower = fit$lower[, cause + 1], upper = fit$upper[, cause + 1], cuminc = other[cause, ])
  }
}
write.csv(format(do.call(rbind, rows), digits = 17, trim = TRUE), "incidence.csv", row.names = FALSE, quote = FALSE)
fit <- coxph(Surv(month, status == 1) ~ I(group == "short"), data = patients, ties = "efron")
test <- survdiff(Surv(month, status == 1) ~ group, data = patients)
hazard <- data.frame(hazard_ratio = exp(coef(fit)), log_rank_chi2 = test$chisq)
write.csv(format(hazard, digits = 17, trim = TRUE), "hazard.csv", row.names = FALSE, quote = FALSE)
print(packageVersion("survival")); print(packageVersion("cmprsk")); print(R.version.string)

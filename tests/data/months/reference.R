# Brier score, AUC and Uno's C of patients.csv by riskRegression and survival; writes reference.csv beside it.
# Rscript reference.R, in this folder.
suppressMessages({library(riskRegression); library(survival); library(prodlim)})
patients <- read.csv("patients.csv")
horizons <- c(24, 60, 84, 120)
risk <- 1 - as.matrix(patients[, paste0("survival_", horizons)])
found <- Score(list(model = risk), formula = Surv(months, event) ~ 1, data = patients, times = horizons,
               metrics = c("brier", "auc"), cens.method = "ipcw", cens.model = "km", se.fit = FALSE, conf.int = FALSE,
               null.model = TRUE)
brier <- found$Brier$score
by_score <- Score(list(score = 1 - exp(-exp(replicate(length(horizons), patients$score)))), formula = Surv(months, event) ~ 1,
                  data = patients, times = horizons, metrics = "auc", cens.model = "km", se.fit = FALSE, conf.int = FALSE)
uno <- sapply(horizons, function(last) concordance(Surv(months, event) ~ score, data = patients, timewt = "n/G2", ymax = last,
                                                   reverse = TRUE)$concordance)
out <- data.frame(horizon = horizons,
                  brier = brier[model == "model"]$Brier, brier_km = brier[model == "Null model"]$Brier,
                  auc = by_score$AUC$score$AUC, uno_c = uno)
out$integrated_brier <- NA
out[1, "integrated_brier"] <- with(out, sum(diff(horizon) * (head(brier, -1) + tail(brier, -1)) / 2) / (120 - 24))
write.csv(format(out, digits = 17), "reference.csv", row.names = FALSE, quote = FALSE)
print(out, digits = 10)

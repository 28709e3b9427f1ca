# Paths with penalty.factor = 0 for the first three features by glmnet; writes joint_ALPHA.csv and wide_ALPHA.csv.
# Rscript reference.R, in this folder.
suppressMessages({library(glmnet); library(survival)})
for (case in c("joint", "wide")) {
  patients <- read.csv(paste0(case, ".csv"))
  x <- as.matrix(patients[, grep("^x", names(patients))])
  y <- Surv(patients$months, patients$event)
  free <- c(rep(0, 3), rep(1, ncol(x) - 3))
  for (alpha in c(0, 0.1, 1)) {
    fit <- cv.glmnet(x, y, family = "cox", alpha = alpha, foldid = patients$fold, penalty.factor = free,
                     standardize = FALSE, nlambda = 40)
    path <- fit$glmnet.fit
    n <- length(fit$lambda)
    out <- data.frame(lambda = path$lambda[1:n], deviance_ratio = path$dev.ratio[1:n], cvm = fit$cvm, cvsd = fit$cvsd,
                      as.matrix(t(as.matrix(path$beta)))[1:n, ])
    write.csv(format(out, digits = 17), paste0(case, "_", alpha, ".csv"), row.names = FALSE, quote = FALSE)
    cat(case, alpha, n, length(path$lambda), fit$index, "\n")
  }
}

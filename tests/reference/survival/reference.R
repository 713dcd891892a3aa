# Reference numbers from R's survival package. Run once; the result is stored beside this script:
#   Rscript reference.R OUTDIR [RELEASE.csv]
# RELEASE.csv is the released cohort as `python -m dss_core cohort import` writes it; only summary
# numbers of it are stored, never rows. Packages: survival, pROC, jsonlite (Debian r-cran-*).
suppressPackageStartupMessages({ library(survival); library(pROC); library(jsonlite) })
arguments <- commandArgs(trailingOnly = TRUE)
out <- arguments[1]

curve <- function(time, status, times, tau) {
  fit <- survfit(Surv(time, status) ~ 1, conf.type = "log-log")
  at <- summary(fit, times = times[times <= max(time)])
  table <- summary(fit, rmean = tau)$table
  list(n = length(time), events = sum(status), median = unname(table["median"]),
       median_low = unname(table["0.95LCL"]), median_high = unname(table["0.95UCL"]),
       times = at$time, survival = at$surv, low = at$lower, high = at$upper,
       rmean = unname(table[grep("rmean", names(table))[1]]),
       rmean_se = unname(table[grep("rmean", names(table))[2]]))
}
model <- function(fit) {
  check <- cox.zph(fit, transform = "km")$table
  s <- summary(fit)
  list(terms = names(coef(fit)), coef = unname(coef(fit)), hr = unname(s$conf.int[, 1]),
       low = unname(s$conf.int[, 3]), high = unname(s$conf.int[, 4]),
       p = unname(s$coefficients[, 5]), loglik = fit$loglik,
       ph_p = unname(check[, "p"]))
}
two_groups <- function(time, status, group, times, timefix = TRUE) {
  group <- as.integer(group)
  tau <- min(max(time[group == 0]), max(time[group == 1]))
  # survdiff cannot switch timefix off, but the test only sees the order of the times
  order <- if (timefix) time else match(time, sort(unique(time)))
  test <- survdiff(Surv(order, status) ~ group)
  list(groups = lapply(0:1, function(g) curve(time[group == g], status[group == g], times, tau)),
       tau = tau, logrank_chi2 = test$chisq, logrank_p = 1 - pchisq(test$chisq, 1),
       cox = model(coxph(Surv(time, status) ~ group, control = coxph.control(timefix = timefix))))
}
result <- list(
  versions = list(R = R.version.string, survival = as.character(packageVersion("survival")),
                  pROC = as.character(packageVersion("pROC"))))

d <- na.omit(lung[, c("time", "status", "age", "sex", "ph.ecog", "ph.karno")])
d$status <- d$status - 1
d$entry <- ifelse(seq_len(nrow(d)) %% 2 == 1, floor(0.3 * d$time), 0)
write.csv(d, file.path(out, "lung.csv"), row.names = FALSE, quote = FALSE)
result$lung <- list(
  by_sex = two_groups(d$time, d$status, d$sex == 2, c(90, 180, 365, 730)),
  multivariable = model(coxph(Surv(time, status) ~ age + sex + ph.karno, data = d)),
  stratified = model(coxph(Surv(time, status) ~ age + sex + strata(ph.ecog), data = d)),
  truncated = model(coxph(Surv(entry, time, status) ~ age + sex, data = d)),
  interaction = model(coxph(Surv(time, status) ~ age * sex, data = d)),
  ecog_chi2 = survdiff(Surv(time, status) ~ ph.ecog, data = d)$chisq,
  stratified_chi2 = survdiff(Surv(time, status) ~ sex + strata(ph.ecog), data = d)$chisq,
  harrell_age = unname(concordance(Surv(time, status) ~ age, data = d, reverse = TRUE)$concordance),
  uno_age = unname(concordance(Surv(time, status) ~ age, data = d, reverse = TRUE,
                               timewt = "n/G2")$concordance),
  uno_karno = unname(concordance(Surv(time, status) ~ ph.karno, data = d, reverse = TRUE,
                                 timewt = "n/G2")$concordance))
fit <- survfit(Surv(entry, time, status) ~ 1, data = d, conf.type = "log-log")
at <- summary(fit, times = c(90, 180, 365, 730))
result$lung$truncated_curve <- list(times = at$time, survival = at$surv, low = at$lower,
                                    high = at$upper, at_risk = at$n.risk)
late <- d[d$time > 180, ]
result$lung$landmark_180 <- model(coxph(Surv(time, status) ~ sex, data = late))

v <- veteran
v$squamous <- as.integer(v$celltype == "squamous")
v$smallcell <- as.integer(v$celltype == "smallcell")
v$entry <- ifelse(seq_len(nrow(v)) %% 3 == 1, floor(0.4 * v$time), 0)
write.csv(v[, c("time", "status", "trt", "karno", "age", "squamous", "smallcell", "entry")],
          file.path(out, "veteran.csv"), row.names = FALSE, quote = FALSE)
result$veteran <- list(
  by_treatment = two_groups(v$time, v$status, v$trt == 2, c(30, 90, 180, 365)),
  multivariable = model(coxph(Surv(time, status) ~ trt + karno + age, data = v)),
  truncated = model(coxph(Surv(entry, time, status) ~ trt + karno, data = v)),
  stratified = model(coxph(Surv(time, status) ~ trt + karno + strata(squamous), data = v)),
  landmark_60 = model(coxph(Surv(time, status) ~ karno, data = v[v$time > 60, ])),
  cell_chi2 = survdiff(Surv(time, status) ~ squamous + strata(trt), data = v)$chisq,
  harrell_karno = unname(concordance(Surv(time, status) ~ karno, data = v)$concordance),
  uno_karno = unname(concordance(Surv(time, status) ~ karno, data = v, timewt = "n/G2")$concordance))

if (length(arguments) > 1) {
  r <- read.csv(arguments[2])
  r$high <- as.integer(r$egfr_dls >= 0.5)
  pick <- function(rows) {
    q <- r[rows & !is.na(r$pfs_months), ]
    # some released times are 1e-8 days off a whole day; they are kept apart, as released
    two_groups(q$pfs_months, q$pfs_event, q$high, c(6, 12, 24), FALSE)
  }
  ici <- r$treatment == "ICI"
  result$release <- list(
    tki = pick(r$treatment == "EGFR-TKI"), ici = pick(ici),
    ici_adenocarcinoma = pick(ici & r$histology == "adenocarcinoma"),
    ici_squamous = pick(ici & r$histology == "squamous"),
    ici_pdl1_negative = pick(ici & r$pdl1_status %in% "negative"),
    ici_pdl1_positive = pick(ici & r$pdl1_status %in% "positive"))
  treated <- r[r$treatment %in% c("ICI", "EGFR-TKI") & !is.na(r$pfs_months), ]
  treated$tki <- as.integer(treated$treatment == "EGFR-TKI")
  # timefix = FALSE: 1e-8 days keep apart what was released so
  apart <- coxph.control(timefix = FALSE)
  result$release$interaction <- model(coxph(Surv(pfs_months, pfs_event) ~ high * tki, data = treated,
                                            control = apart))
  result$release$multivariable <- model(coxph(Surv(pfs_months, pfs_event) ~ high + age_years +
    I(sex == "male") + I(histology == "squamous") + I(smoking == "ever") + suvmax,
    control = apart, data = r[ici & !is.na(r$age_years), ]))
  # survdiff and concordance have no such switch, but only see the order of the times
  q <- r[ici, ]
  q$rank <- match(q$pfs_months, sort(unique(q$pfs_months)))
  result$release$ici_within_histology_chi2 <-
    survdiff(Surv(rank, pfs_event) ~ high + strata(histology), data = q)$chisq
  result$release$ici_within_histology <- model(coxph(
    Surv(pfs_months, pfs_event) ~ high + strata(histology), data = q, control = apart))
  result$release$ici_landmark_3 <- model(coxph(
    Surv(pfs_months, pfs_event) ~ high, data = q[q$pfs_months > 3, ], control = apart))
  for (weight in c("n", "n/G2"))
    result$release[[if (weight == "n") "ici_harrell" else "ici_uno"]] <- unname(concordance(
      Surv(rank, pfs_event) ~ egfr_dls, data = q, reverse = TRUE, timewt = weight)$concordance)
  auc <- function(rows) {
    q <- r[rows & r$egfr_status != "", ]
    as.numeric(ci.auc(roc(q$egfr_status, q$egfr_dls, levels = c("wild type", "mutant"),
                          direction = "<", quiet = TRUE)))[c(2, 1, 3)]
  }
  result$release$auc <- list(training = auc(r$split == "training"),
    validation = auc(r$split == "validation"), HMU = auc(r$cohort == "HMU"),
    HLM = auc(r$cohort == "HLM"))
  m <- r[r$cohort == "HMU", ]
  result$release$mpg <- list(
    mean = unname(tapply(m$mpg_suvmax, m$high, mean)), median = unname(tapply(m$mpg_suvmax, m$high, median)),
    t_p = t.test(mpg_suvmax ~ high, data = m)$p.value,
    student_p = t.test(mpg_suvmax ~ high, data = m, var.equal = TRUE)$p.value,
    wilcoxon_p = wilcox.test(mpg_suvmax ~ high, data = m, exact = FALSE)$p.value)
}
write_json(result, file.path(out, "reference.json"), digits = 12, auto_unbox = TRUE, na = "null",
           pretty = TRUE)

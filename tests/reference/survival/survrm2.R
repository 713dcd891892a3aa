# Restricted mean survival by the R package survRM2 (rmst2). Run once; the result is stored here:
#   Rscript survrm2.R OUTDIR SOURCE RELEASE.csv
# SOURCE is the folder of the package's source, version 1.0-4 (CRAN; public mirror cran/survRM2 on
# GitHub), of which R/rmst1.R, R/rmst2.R and R/rmst2.sample.data.R are used; RELEASE.csv is the
# released cohort as `python -m dss_core cohort import` writes it. Needs survival and jsonlite.
suppressPackageStartupMessages({ library(survival); library(jsonlite) })
arguments <- commandArgs(trailingOnly = TRUE)
out <- arguments[1]
for (name in c("rmst1.R", "rmst2.R", "rmst2.sample.data.R"))
  source(file.path(arguments[2], "R", name))

contrast <- function(time, status, arm, tau) {
  fit <- rmst2(time, status, as.integer(arm), tau = tau)
  difference <- unname(fit$unadjusted.result["RMST (arm=1)-(arm=0)", ])
  list(tau = tau, mean = c(unname(fit$RMST.arm0$rmst[1]), unname(fit$RMST.arm1$rmst[1])),
       se = c(unname(fit$RMST.arm0$rmst[2]), unname(fit$RMST.arm1$rmst[2])),
       estimate = difference[1], low = difference[2], high = difference[3], p = difference[4])
}
shared <- function(time, arm) min(max(time[arm == 0]), max(time[arm == 1]))

pbc_sample <- rmst2.sample.data()
write.csv(pbc_sample[, c("time", "status", "arm")], file.path(out, "pbc.csv"),
          row.names = FALSE, quote = FALSE)
lung_sample <- read.csv(file.path(out, "lung.csv"))
veteran_sample <- read.csv(file.path(out, "veteran.csv"))
result <- list(
  versions = list(survRM2 = "1.0-4", R = R.version.string,
                  survival = as.character(packageVersion("survival"))),
  pbc = list(arm = contrast(pbc_sample$time, pbc_sample$status, pbc_sample$arm, 10)),
  lung = list(sex = with(lung_sample, contrast(time, status, sex == 2, 365))),
  veteran = list(trt = with(veteran_sample, contrast(time, status, trt == 2, 180))))

r <- read.csv(arguments[3])
pick <- function(rows) {
  q <- r[rows & !is.na(r$pfs_months), ]
  high <- q$egfr_dls >= 0.5
  contrast(q$pfs_months, q$pfs_event, high, shared(q$pfs_months, high))
}
ici <- r$treatment == "ICI"
result$release <- list(
  tki = pick(r$treatment == "EGFR-TKI"), ici = pick(ici),
  ici_adenocarcinoma = pick(ici & r$histology == "adenocarcinoma"),
  ici_squamous = pick(ici & r$histology == "squamous"),
  ici_pdl1_negative = pick(ici & r$pdl1_status %in% "negative"),
  ici_pdl1_positive = pick(ici & r$pdl1_status %in% "positive"))
write_json(result, file.path(out, "survrm2.json"), digits = 12, auto_unbox = TRUE, pretty = TRUE)

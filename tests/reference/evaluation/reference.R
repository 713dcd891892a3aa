# Reference numbers from R. Run once; the result is stored beside this script:
#   python make_cases.py . [COHORT.csv CS.json CMS.json] && Rscript reference.R . && rm -f markers.csv
# Packages: pROC, Hmisc (improveProb), rms (val.prob), jsonlite (Debian r-cran-*).
suppressPackageStartupMessages({ library(pROC); library(Hmisc); library(jsonlite) })
out <- commandArgs(trailingOnly = TRUE)[1]
curve <- function(y, x) roc(y, x, levels = c(0, 1), direction = "<", quiet = TRUE)
area <- function(y, x) as.numeric(ci.auc(curve(y, x), method = "delong"))[c(2, 1, 3)]
paired <- function(y, a, b) {
  test <- roc.test(curve(y, a), curve(y, b), paired = TRUE, method = "delong")
  list(difference = unname(test$estimate[1] - test$estimate[2]), p = unname(test$p.value),
       interval = as.numeric(test$conf.int))
}
gain <- function(y, old, new) {
  found <- improveProb(old, new, y)
  list(nri = unname(found$nri), nri_se = unname(found$se.nri),
       idi = unname(found$idi), idi_se = unname(found$se.idi))
}
line <- function(y, x) {
  logit <- qlogis(pmin(pmax(x, 1e-6), 1 - 1e-6))
  fitted <- glm(y ~ logit, family = binomial)
  at <- c(0.1, 0.3, 0.5, 0.7, 0.9)
  link <- predict(fitted, data.frame(logit = qlogis(at)), type = "link", se.fit = TRUE)
  list(coefficients = unname(coef(fitted)), covariance = unname(vcov(fitted)), at = at,
       probability = unname(plogis(link$fit)),
       low = unname(plogis(link$fit - qnorm(0.975) * link$se.fit)),
       high = unname(plogis(link$fit + qnorm(0.975) * link$se.fit)))
}
d <- read.csv(file.path(out, "cases.csv"))
set.seed(1)
specificity <- seq(0.1, 0.9, 0.1)
band <- suppressWarnings(ci.se(curve(d$positive, d$one), specificities = specificity,
                               boot.n = 5000, progress = "none"))
corners <- curve(d$positive, d$one)
result <- list(
  versions = list(R = as.character(getRversion()), pROC = as.character(packageVersion("pROC")),
                  Hmisc = as.character(packageVersion("Hmisc")),
                  rms = as.character(packageVersion("rms"))),
  simulated = list(
    one = area(d$positive, d$one), two = area(d$positive, d$two),
    paired = paired(d$positive, d$one, d$two),
    gain = gain(d$positive, d$two, d$one),
    # calls instead of probabilities: a move is then a crossing of the cut-off
    gain_category = gain(d$positive, as.numeric(d$two >= 0.5), as.numeric(d$one >= 0.5)),
    recalibration = line(d$positive, d$one),
    brier = unname(rms::val.prob(d$one, d$positive, pl = FALSE)["Brier"]),
    roc = list(sensitivity = rev(corners$sensitivities), specificity = rev(corners$specificities)),
    band = list(specificity = specificity, low = unname(band[, 1]), high = unname(band[, 3])),
    line = unname(coef(glm(positive ~ qlogis(pmin(pmax(one, 1e-6), 1 - 1e-6)), binomial, d))),
    in_the_large = unname(coef(glm(positive ~ 1, binomial, d,
                                   offset = qlogis(pmin(pmax(one, 1e-6), 1 - 1e-6))))),
    kruskal = kruskal.test(d$one, cut(d$two, c(-1, 0.3, 0.6, 2)))$p.value,
    wilcoxon = wilcox.test(d$one[d$positive == 1], d$one[d$positive == 0], exact = FALSE)$p.value,
    holm = p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm"),
    fdr = p.adjust(c(0.01, 0.04, 0.03, 0.005), "BH")))
file <- file.path(out, "markers.csv")
if (file.exists(file)) {
  m <- read.csv(file)
  part <- function(name) {
    r <- m[m$part == name, ]
    list(n = nrow(r), dls = area(r$positive, r$dls), cs = area(r$positive, r$cs),
         cms = area(r$positive, r$cms), suvmax = area(r$positive, r$suvmax),
         dls_cs = paired(r$positive, r$dls, r$cs), dls_cms = paired(r$positive, r$dls, r$cms),
         cs_cms = paired(r$positive, r$cs, r$cms),
         dls_suvmax = paired(r$positive, r$dls, r$suvmax),
         cms_over_cs = gain(r$positive, r$cs, r$cms),
         cms_over_cs_category = gain(r$positive, as.numeric(r$cs >= 0.5),
                                     as.numeric(r$cms >= 0.5)))
  }
  names <- c("training", "validation", "HMU")
  result$release <- setNames(lapply(names, part), names)
}
write_json(result, file.path(out, "reference.json"), auto_unbox = TRUE, digits = 12, pretty = TRUE)

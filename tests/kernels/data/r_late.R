# Sixty invented people with ties, late entry, weights (some 0), two strata, and a group without events; R's answers.
# Rscript r_late.R > r_late.json
suppressMessages(library(survival))
set.seed(20)
n <- 60
d <- data.frame(x = rbinom(n, 1, 0.5), z = round(rnorm(n), 2), layer = rep(1:2, length.out = n))
d$stop <- ceiling(rexp(n, 0.1 * exp(0.6 * d$x)))  + 3
d$start <- ifelse(runif(n) < 0.3, pmin(d$stop - 1, rpois(n, 4)), 0)
d$died <- as.integer(runif(n) < 0.6)
d$w <- round(runif(n, 0, 2), 2) * (runif(n) > 0.1)
d$rare <- as.integer(seq_len(n) %% 7 == 0)
d$died_not_rare <- ifelse(d$rare == 1, 0L, d$died)

curve <- function(fit, log_se) list(time = fit$time, at_risk = fit$n.risk, survival = fit$surv, log_se = log_se)
late <- survfit(Surv(start, stop, died) ~ 1, d)
weighted <- survfit(Surv(stop, died) ~ 1, d[d$w > 0, ], weights = w, robust = TRUE)
d$id <- seq_len(n)
both <- survfit(Surv(start, stop, died) ~ 1, d[d$w > 0, ], weights = w, robust = TRUE, id = id)
asked <- c(0, 2.5, 4, 7, 12.5, 20)

# A profile's limits: where the log-likelihood, one coefficient held as an offset, has fallen by half the chi-square.
tight <- coxph.control(eps = 1e-14, iter.max = 50)
model <- coxph(Surv(start, stop, died) ~ x + z + strata(layer), d, control = tight)
fall <- function(b) 2 * (model$loglik[2] -
  coxph(Surv(start, stop, died) ~ z + offset(b * x) + strata(layer), d, control = tight)$loglik[2])
found <- unname(coef(model)["x"])
root <- function(a, b) uniroot(function(v) fall(v) - qchisq(0.95, 1), c(a, b), tol = 1e-13)$root
limits <- c(root(found - 5, found), root(found, found + 5))

# Firth's penalised likelihood, climbed without derivatives: R's own likelihood and information at each point.
penalised <- function(b, ties) {
  fit <- suppressWarnings(coxph(Surv(stop, died_not_rare) ~ rare + z, d, init = b, ties = ties,
                                control = coxph.control(iter.max = 0)))
  fit$loglik[2] - 0.5 * log(det(vcov(fit)))
}
firth <- lapply(c(efron = "efron", breslow = "breslow"), function(ties) {
  best <- optim(c(0, 0), penalised, ties = ties, control = list(fnscale = -1, reltol = 1e-16, maxit = 5000))
  best <- optim(best$par, penalised, ties = ties, control = list(fnscale = -1, reltol = 1e-16, maxit = 5000))
  fit <- suppressWarnings(coxph(Surv(stop, died_not_rare) ~ rare + z, d, init = best$par, ties = ties,
                                control = coxph.control(iter.max = 0)))
  list(coefficient = best$par, log_likelihood = best$value, null = penalised(c(0, 0), ties), se = unname(sqrt(diag(vcov(fit)))))
})

say <- function(v) if (is.list(v)) paste0("{", paste0('"', names(v), '": ', sapply(v, say), collapse = ", "), "}") else
  if (is.character(v)) paste0('"', v, '"') else
  paste0(if (length(v) > 1) "[", paste(ifelse(is.finite(v), sprintf("%.17g", v), "null"), collapse = ", "), if (length(v) > 1) "]")
cat(say(list(
  made_by = paste(R.version.string, "with survival", packageVersion("survival"), "by r_late.R"),
  people = as.list(d[, c("x", "z", "layer", "start", "stop", "died", "w", "rare", "died_not_rare")]),
  late = c(curve(late, late$std.err), list(asked = asked, asked_at_risk = summary(late, times = asked, extend = TRUE)$n.risk)),
  weighted = curve(weighted, if (weighted$logse) weighted$std.err else weighted$std.err / weighted$surv),
  both = curve(both, if (both$logse) both$std.err else both$std.err / both$surv),
  profile = list(coefficient = found, limits = limits, statistic = fall(0)),
  firth = firth
)), "\n", sep = "")

# Answers of R's survival to what tests/kernels/test_more_agreement.py asks, on sixty invented rows with ties, two strata,
# late entries, weights and several rows a person. Run: Rscript more_r_answers.R > more_r_answers.json
library(survival)
set.seed(3)
n <- 60
d <- data.frame(
  start = sample(0:3, n, TRUE), age = round(rnorm(n), 2), sex = rbinom(n, 1, 0.5), dose = sample(0:2, n, TRUE),
  layer = rbinom(n, 1, 0.4) == 1, weight = sample(c(0.5, 1, 1.5, 2), n, TRUE), person = (seq_len(n) - 1) %/% 2
)
d$stop <- d$start + sample(1:8, n, TRUE)
d$event <- rbinom(n, 1, 0.7)
# Two rows a person: the second starts where the first stopped, or a day later.
second <- which(seq_len(n) %% 2 == 0)
d$start[second] <- d$stop[second - 1] + rbinom(length(second), 1, 0.5)
d$stop[second] <- d$start[second] + sample(1:6, length(second), TRUE)

text <- function(x) {
  if (is.list(x)) {
    paste0("{", paste0("\"", names(x), "\": ", vapply(x, text, ""), collapse = ",\n"), "}")
  } else if (is.character(x)) {
    paste0("\"", x, "\"")
  } else if (is.matrix(x)) {
    paste0("[", paste(apply(x, 1, function(row) text(as.vector(row))), collapse = ", "), "]")
  } else {
    x <- ifelse(is.na(x), "null", trimws(formatC(as.numeric(x), digits = 13, format = "g")))
    if (length(x) == 1) paste0("[", x, "]") else paste0("[", paste(x, collapse = ", "), "]")
  }
}

asked <- function(ties, entry, strata, weighted, robust) {
  left <- if (entry) "Surv(start, stop, event)" else "Surv(stop, event)"
  right <- paste0("age + sex + factor(dose)", if (strata) " + strata(layer)" else "")
  formula <- as.formula(paste(left, "~", right))
  data <- d
  data$w <- if (weighted) d$weight else 1
  fit <- if (robust) coxph(formula, data, weights = w, ties = ties, cluster = person) else
    coxph(formula, data, weights = w, ties = ties, robust = FALSE)
  new <- data.frame(age = c(0, 3), sex = c(0, 1), dose = c(0, 2))
  curves <- survfit(fit, newdata = new)
  times <- c(1, 3, 6, 9)
  at <- lapply(seq_len(if (strata) 2 else 1), function(s) {
    one <- if (strata) survfit(fit, newdata = cbind(new, layer = s == 2)) else curves
    found <- lapply(1:2, function(who) {
      part <- summary(one[who], times = times)
      list(surv = part$surv, se = part$std.err, lower = part$lower, upper = part$upper)
    })
    names(found) <- c("first", "second")
    found
  })
  names(at) <- c("FALSE", "TRUE")[seq_along(at)]
  zph <- lapply(c(km = "km", identity = "identity", rank = "rank", log = "log"), function(g) {
    unname(cox.zph(fit, transform = g)$table)
  })
  list(
    coefficient = coef(fit), se = sqrt(diag(fit$var)),
    martingale = unname(residuals(fit, "martingale")), deviance = unname(residuals(fit, "deviance")),
    score = unname(residuals(fit, "score")), schoenfeld = unname(residuals(fit, "schoenfeld")),
    scaled = unname(residuals(fit, "scaledsch")), dfbeta = unname(residuals(fit, "dfbeta")),
    survival = at, zph = zph
  )
}

models <- list(
  efron = asked("efron", FALSE, FALSE, FALSE, FALSE),
  breslow = asked("breslow", FALSE, FALSE, FALSE, FALSE),
  entry_strata = asked("efron", TRUE, TRUE, FALSE, FALSE),
  entry_strata_weights = asked("efron", TRUE, TRUE, TRUE, FALSE),
  breslow_entry_weights = asked("breslow", TRUE, FALSE, TRUE, FALSE),
  entry_clusters = asked("efron", TRUE, FALSE, FALSE, TRUE)
)
curve <- survfit(Surv(start, stop, event) ~ 1, d, id = person)
part <- summary(curve, times = sort(unique(d$stop[d$event == 1])))
poisson <- summary(survfit(Surv(start, stop, event) ~ 1, d), times = part$time)
cat(text(list(
  made_by = list(R = R.version.string, survival = as.character(packageVersion("survival")), script = "more_r_answers.R"),
  data = as.list(d),
  models = models,
  mean_cumulative = list(time = part$time, mean = part$cumhaz, se = part$std.chaz, poisson_se = poisson$std.chaz)
)), "\n")

# Gray's test of three groups whose pooled curve passes 1, as cmprsk has it. Run: Rscript r_gray.R > r_gray.json
suppressMessages(library(cmprsk))
time <- c(1, 33, 79, 39, 148, 77, 14, 38, 30, 28, 17, 10, 9, 11, 12, 1, 15, 3, 7, 15, 2, 3, 1, 80)
event <- c(rep(1, 10), 0, rep(1, 13))
group <- rep(0:2, c(10, 8, 6))
said <- cuminc(time, event, group)$Tests
list <- function(x) paste0("[", paste(x, collapse = ", "), "]")
cat(sprintf(
  "{\"cmprsk\": \"%s\",\n\"time\": %s,\n\"event\": %s,\n\"group\": %s,\n\"chi_square\": %.15g, \"p\": %.15g, \"df\": %d}\n",
  packageVersion("cmprsk"), list(time), list(event), list(group), said[1], said[2], said[3]
))

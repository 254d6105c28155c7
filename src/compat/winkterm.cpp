// WinkTerm's agent API is our own; this is what cannot be a second path of the same row.
#include "contract.hpp"

namespace duotty::compat {
namespace {

constexpr Row kRows[] = {
    {"DELETE",
     "/api/agent/jobs/{job_id}",
     {{{"job.cancel",
        [](const Foreign& f, const Results&) -> Params {
          return Json{{"job_id", f.path.at("job_id")}};
        }}}},
     [](const Foreign&, const Results& r) -> Result<Answer> {
       return Answer{200, r[0].at("job")};
     }},
};

constexpr Contract kContract{kRows, plain_failure};

}  // namespace

const Contract& winkterm() {
  return kContract;
}

}  // namespace duotty::compat

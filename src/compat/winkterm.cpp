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
        }},
       // Its tasks end whatever the command does: on a host the channel is closed.
       {"job.cancel",
        [](const Foreign& f, const Results& r) -> Params {
          const Json& job = r[0].at("job");
          if (text_of(job, "kind") != "ssh" || job.at("done") == true) return std::optional<Json>();
          return Json{{"job_id", f.path.at("job_id")}, {"signal", "KILL"}};
        }}}},
     [](const Foreign&, const Results& r) -> Result<Answer> {
       Json answer = r[1].is_null() ? r[0] : r[1];
       if (text_of(answer["job"], "kind") != "ssh") return Answer{200, answer["job"]};
       return Answer{200, std::move(answer)};
     }},
};

constexpr Contract kContract{kRows, plain_failure};

}  // namespace

const Contract& winkterm() {
  return kContract;
}

}  // namespace duotty::compat

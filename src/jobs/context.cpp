#include "jobs/context.h"

#include <utility>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace drydock::jobs {

control::Actor JobContext::actor() const {
    auto actor = control::Actor::system(job_.organization_id);
    actor.via = "job:" + job_.id;
    return actor;
}

void JobContext::account(std::string result, bool certain) {
    account_ = {.result = std::move(result), .certain = certain};
}

void JobContext::report(const ProgressEvent& event) {
    const std::scoped_lock lock{mutex_};
    latest_ = event;
}

std::optional<std::string> JobContext::take_progress() {
    const std::scoped_lock lock{mutex_};
    if (!latest_) return std::nullopt;
    const auto event = *std::exchange(latest_, std::nullopt);
    return boost::json::serialize(boost::json::object{
        {"subject", event.subject}, {"text", event.text}, {"done", event.done}, {"total", event.total}
    });
}

}  // namespace drydock::jobs

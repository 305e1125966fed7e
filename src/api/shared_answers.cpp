#include "api/shared_answers.h"

#include <functional>
#include <string_view>

#include "api/answer_cache.h"
#include "api/who.h"
#include "crypto/bytes.h"

namespace drydock::api {
namespace {

constexpr std::size_t kLargest = std::size_t{256} * 1024;

// The truth of this moment.
bool wants_it_fresh(const http::Request& request) {
    const auto control = request.headers.get("Cache-Control");
    return control.find("no-cache") != std::string_view::npos || control.find("no-store") != std::string_view::npos;
}

// What is asked, by whom: near enough to know it again.
std::size_t question_of(const http::Call& call) {
    const auto& identity = who(call).identity;
    const std::hash<std::string_view> hash;
    return hash(call.request.target) * 31 + hash(identity.user_id) * 7 + hash(identity.organization_id);
}

}  // namespace

std::string SharedAnswers::name_of(const http::Call& call) const {
    const auto& identity = who(call).identity;
    crypto::Fields fields;
    fields.text(version_)
        .text(call.route.operation)
        .text(call.request.target)
        .text(identity.organization_id)
        .text(identity.user_id)
        .text(identity.session_id)
        .text(identity.token_id)
        .text(identity.role)
        .number(identity.stepped_up ? 1 : 0)
        .number(identity.permissions.size());
    for (const auto& permission : identity.permissions) fields.text(permission);
    return fields.bytes();
}

std::optional<http::KnownAnswer> SharedAnswers::find(const http::Call& call) {
    const auto question = question_of(call);
    if (wants_it_fresh(call.request) || trace_of(question).load(std::memory_order_relaxed) != question)
        return std::nullopt;
    auto found = shared_.get(name_of(call), kAnswerLifetime, call.limits);
    if (!found) return std::nullopt;
    const auto end = found->value.find('\n');
    if (end == std::string::npos) return std::nullopt;
    return http::KnownAnswer{
        .answer = {.body = found->value.substr(end + 1), .version = found->value.substr(0, end)},
        .read = found->read,
    };
}

void SharedAnswers::keep(const http::Call& call, const http::KnownAnswer& known) {
    if (known.answer.body.size() > kLargest || wants_it_fresh(call.request)) return;
    const auto question = question_of(call);
    if (trace_of(question).exchange(question, std::memory_order_relaxed) != question) return;
    const auto text = known.answer.version + "\n" + known.answer.body;
    shared_.set(name_of(call), text, known.read, kAnswerLifetime, call.limits);
}

}  // namespace drydock::api

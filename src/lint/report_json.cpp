#include "lint/report_json.h"

#include <boost/json.hpp>

#include "base/json.h"

namespace drydock::lint {
namespace {

namespace json = boost::json;

json::value lock_json(effects::LockMode lock) {
    if (lock == effects::LockMode::none) return nullptr;
    return json_text(effects::name(lock));
}

}  // namespace

json::object to_json(const Finding& finding) {
    return {
        {"file", json_text(finding.place.file)},
        {"line", finding.place.line},
        {"column", finding.place.column},
        {"end_line", finding.end_line},
        {"end_column", finding.end_column},
        {"rule", json_text(finding.rule->id)},
        {"severity", json_text(name(finding.severity))},
        {"message", json_text(finding.message)},
        {"objects", json_texts(finding.objects)},
        {"lock", lock_json(finding.lock)},
        {"fix", json_texts(finding.fix)},
        {"evidence", json_text(name(finding.evidence))},
    };
}

}  // namespace drydock::lint

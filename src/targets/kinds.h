#pragma once

#include <memory>

#include "targets/target.h"

// What the kinds of targets share, and how each is made.
namespace drydock::targets {

Result<std::shared_ptr<Target>> make_postgres(Address address, const net::Dialler& dialler, TargetOptions options);
Result<std::shared_ptr<Target>> make_mongo(Address address, const net::Dialler& dialler, TargetOptions options);
Result<std::shared_ptr<Target>> make_redis(Address address, const net::Dialler& dialler, TargetOptions options);

// The steps name, tcp and tls, as far as they were reached. `failed`: what ended it, in the step that was under way.
void report_dialling(TestReport& report, const net::Timing& timing, bool tls, const Error* failed);
// The steps that were not reached, and what it all comes to.
void finish(TestReport& report);

}  // namespace drydock::targets

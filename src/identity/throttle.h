#pragma once

#include <string>
#include <string_view>

#include "identity/inside.h"

namespace drydock::identity {

// What attempts are counted by.
std::string turn_of_name(std::string_view canonical_email);
std::string turn_of_second_factor(std::string_view user_id);
// An IPv4 address, or the network of 64 bits that an IPv6 address is in: who has one has all of it. Empty: not counted.
std::string turn_of_address(std::string_view address);

// The password of a stored credential, given once more.
std::string turn_of_credential(std::string_view id);
// A sign-in to somebody else's database, by where that is and by who asks for it.
std::string turn_of_database(std::string_view place);
std::string turn_of_tester(std::string_view user_id);

// Counts an attempt before it is made, so that attempts at the same moment don't get through unseen. `false`: it has to
// wait, and neither counts nor may be made.
Result<bool> take_turn(control::Transaction& transaction, std::string_view turn, const Options& options);
// The attempt succeeded. A name starts anew; an address, a database or who tests one only gets its one back, else its
// owner could clear it by signing in with an account of their own between attempts on others.
Result<> settle_turn(control::Transaction& transaction, std::string_view turn, const Options& options);

// The one answer for whatever is wrong with a sign-in.
Error sign_in_refused();

}  // namespace drydock::identity

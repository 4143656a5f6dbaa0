#include "desk/desk.hpp"

namespace keepline::desk {

desk::desk(parts with) : shared_{with, doorkeeper(*with.tokens, *with.secrets, *with.clock)} {}

result<holder> desk::admit(std::string_view authorization, std::string_view peer, at_door how) {
    return shared_.doors.admit(authorization, peer, how);
}

result<holder> desk::admit_session(std::string_view token, std::string_view peer, at_door how) {
    return shared_.doors.admit_session(token, peer, how);
}

}  // namespace keepline::desk

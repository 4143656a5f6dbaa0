#include "desk/desk.hpp"

namespace keepline::desk {

desk::desk(parts with) : shared_{with, doorkeeper(*with.tokens, *with.secrets, *with.clock)} {}

result<holder> desk::admit(std::string_view authorization, std::string_view peer) {
    return shared_.doors.admit(authorization, peer);
}

}  // namespace keepline::desk

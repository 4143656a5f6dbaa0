#include "desk/asked_for.hpp"

namespace keepline::desk {

const domain::second_request* wanted_in(const engine::answer& done) {
    for (const auto& one : done.events) {
        const domain::second_wanted* wanted = nullptr;
        if (const auto* event = std::get_if<domain::number_event>(&one))
            wanted = std::get_if<domain::second_wanted>(event);
        if (const auto* event = std::get_if<domain::esim_event>(&one))
            wanted = std::get_if<domain::second_wanted>(event);
        if (const auto* event = std::get_if<domain::subscriber_event>(&one))
            wanted = std::get_if<domain::second_wanted>(event);
        if (const auto* event = std::get_if<domain::credential_event>(&one))
            wanted = std::get_if<domain::second_wanted>(event);
        if (const auto* event = std::get_if<domain::import_plan_event>(&one))
            wanted = std::get_if<domain::second_wanted>(event);
        if (wanted != nullptr) return &wanted->asked;
    }
    return nullptr;
}

}  // namespace keepline::desk

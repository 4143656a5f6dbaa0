#include "portal/assets.hpp"

namespace keepline::portal {

namespace {

const web::shelf& own_shelf() {
    static const web::shelf out("/assets/", {"portal/", "ui/"});
    return out;
}

}  // namespace

std::string_view asset_path(std::string_view file) { return own_shelf().path_of(file); }

std::optional<http::response> asset_at(const http::request& in) { return own_shelf().at(in); }

}  // namespace keepline::portal

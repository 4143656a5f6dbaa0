// An archive on its way to a browser, made while it is sent. Only for the portal's pages.
#pragma once

#include "portal/visit.hpp"

#include <memory>
#include <string>
#include <utility>

namespace keepline::portal {

class archive_source final : public http::body_source {
 public:
    explicit archive_source(desk::archive_told of) : of_(std::move(of)) {}
    void next(std::function<void(piece)> then) override { of_->next(std::move(then)); }

 private:
    desk::archive_told of_;
};

/// As a file of this name: letters, digits, hyphens.
inline void answer_archive(visit& v, desk::archive_told told, const std::string& name) {
    http::response out;
    out.type = "application/zip";
    out.headers.push_back({"Content-Disposition", "attachment; filename=\"" + name + ".zip\""});
    out.source = std::make_shared<archive_source>(std::move(told));
    v.answer(std::move(out));
}

}  // namespace keepline::portal

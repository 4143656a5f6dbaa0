// The customer's archive over HTTP: sent while it is made (desk/backups.cpp).
#include "api/routes.hpp"
#include "desk/desk.hpp"

namespace keepline::api {

namespace {

class archive_body final : public body_source {
 public:
    explicit archive_body(desk::archive_told of) : of_(std::move(of)) {}
    void next(std::function<void(piece)> then) override { of_->next(std::move(then)); }

 private:
    desk::archive_told of_;
};

}  // namespace

void fetch_backup(const call_ptr& c) {
    if (c->in().how == verb::head)  // it would count as downloaded without having been
        return c->refuse({base::code::method_not_allowed, "An archive is fetched with GET.", {{"allow", "GET"}}});
    c->api->at.fetch_backup(
        c->asking(), std::string(c->args[0]), query_value(*c, "reason"), [c](result<desk::archive_told> told) {
            if (!told) return c->refuse(told.error());
            response out;
            out.type = "application/zip";
            out.headers.push_back(
                {"Content-Disposition", "attachment; filename=\"" + std::string(c->args[0]) + ".zip\""});
            out.headers.push_back({"Keepline-Manifest-SHA256", (*told)->manifest_digest()});
            out.source = std::make_shared<archive_body>(std::move(*told));
            c->answer(std::move(out));
        });
}

}  // namespace keepline::api

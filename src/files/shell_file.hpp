#pragma once
// A file of a host without SFTP. What is small goes with a request; for more there is a shell that reads or writes on.
#include "shells.hpp"

namespace duotty::files {

class ShellFile final : public File {
 public:
  ShellFile(std::shared_ptr<Shells> shells, std::string path, Found found, bool reads);

  Task<Result<Info>> stat() override;
  Task<Result<std::string>> read(std::uint64_t offset, std::size_t size) override;
  Task<Result<>> write(std::string bytes) override;
  Task<Result<>> flush() override;
  Task<Result<>> mark(Marks marks) override;
  Task<Result<>> sync() override;

 private:
  Task<Result<std::string>> read_some(std::uint64_t offset, std::size_t size);
  Task<Result<std::string>> read_piece(std::uint64_t offset, std::size_t size);
  Task<Result<>> open_reader(std::uint64_t offset);
  Task<Result<std::string>> read_on(std::size_t size);
  Task<Result<>> open_writer();
  Task<Result<>> send(std::string bytes);
  Task<Result<>> finish_writer();
  Task<Result<>> print();
  Result<> check(std::string_view line) const;

  std::shared_ptr<Shells> shells_;
  std::string path_;
  Found found_;  ///< when it was opened
  bool reads_;
  bool fresh_ = true;  ///< nobody has asked since
  std::unique_ptr<Shell> reader_;
  std::uint64_t read_to_ = 0;
  std::uint64_t skip_ = 0;  ///< of what the reader sends, before what is wanted
  std::unique_ptr<Shell> writer_;
  std::string kept_;       ///< little, for the next request
  std::uint64_t end_ = 0;  ///< with what was written
  std::optional<base::Error> failed_;
};

/// Marks for the path; links are not followed.
Task<Result<>> mark_path(Shells& shells, std::string path, Marks marks);

}  // namespace duotty::files

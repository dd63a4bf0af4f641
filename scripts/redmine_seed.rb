# Seeds Redmine's empty database for tests: REST enabled, one project with a tracker whose workflow is
# strict, a custom field that riskd may use for its marker, three users with keys.
ActionMailer::Base.perform_deliveries = false
{ 'rest_api_enabled' => '1', 'notified_events' => [], 'default_language' => 'en',
  'cross_project_issue_relations' => '1' }.each { |name, value| Setting[name] = value }

def give_key(user, value)
  Token.where(user_id: user.id, action: 'api').delete_all
  Token.create!(user: user, action: 'api').update_columns(value: value)
end

give_key(User.find_by!(login: 'admin').tap { |admin| admin.update_columns(must_change_passwd: false, status: 1) },
         ENV.fetch('ADMIN_KEY'))

status = IssueStatus.all.index_by(&:name)
status['Accepted risk'] = IssueStatus.create!(name: 'Accepted risk', is_closed: true)
requirement = Tracker.create!(name: 'Security requirement', default_status: status['New'],
                              core_fields: Tracker::CORE_FIELDS)
steps = { 'New' => ['In Progress', 'Rejected'], 'In Progress' => ['Resolved'],
          'Resolved' => ['Closed', 'In Progress'], 'Closed' => ['In Progress'] }
%w[Manager Developer].map { |name| Role.find_by!(name: name) }.each do |role|
  WorkflowTransition.create!(tracker: requirement, role: role, old_status_id: 0, new_status: status['New'])
  steps.each do |from, all|
    all.each do |to|
      WorkflowTransition.create!(tracker: requirement, role: role, old_status: status[from], new_status: status[to])
    end
  end
end

field = IssueCustomField.create!(name: 'riskd', field_format: 'string', is_for_all: true, is_filter: true,
                                 searchable: true, max_length: 80, trackers: Tracker.all.to_a)
project = Project.create!(name: 'Shop', identifier: 'shop', is_public: false, tracker_ids: Tracker.pluck(:id),
                          enabled_module_names: %w[issue_tracking], issue_custom_fields: [field])
Project.create!(name: 'Bank', identifier: 'bank', is_public: false, tracker_ids: Tracker.pluck(:id),
                enabled_module_names: %w[issue_tracking])

{ 'riskd' => %w[Manager USER_KEY], 'reader' => %w[Reporter READER_KEY] }.each do |login, (role, key)|
  user = User.new(firstname: login, lastname: 'Test', mail: "#{login}@example.invalid", language: 'en',
                  mail_notification: 'none', must_change_passwd: false)
  user.login = login
  user.password = user.password_confirmation = "for tests only, #{login}"
  user.save!
  Member.create!(project: project, user_id: user.id, roles: [Role.find_by!(name: role)])
  give_key(user, ENV.fetch(key))
end

Feature: The end of the site

  @RS-CES-02
  Scenario: When the service ends its data goes at once, and with it the backups and the keys
    Given it is 2026-09-30 09:00
    And the submission says
      | channel | site-pages |
    When the platform submits "service-security" with
      | click-info | 预订按钮 |
    Then it is kept until 2027-03-31
    When a backup is taken
    And two officers end the service
    Then nothing is left but what a floor keeps
    And the end of the service is "shredded"
    And the backup is "purged"
    When the key epoch ends
    Then the end of the service is "final"

  # A reasonable time is thirty days: what is left after them is seen.
  @RS-CES-02
  Scenario: An end that takes longer than thirty days is seen
    Given it is 2026-09-30 09:00
    And the submission says
      | channel | site-pages |
    When the platform submits "service-security" with
      | click-info | 预订按钮 |
    And an officer stops all disposal
    And two officers end the service
    And the clock reaches 2026-10-30 23:00
    Then nothing is a finding
    When the clock reaches 2026-10-31 01:00
    Then "end-overdue" is a finding
    When another officer lets disposal go on
    Then nothing is left but what a floor keeps
    And nothing is a finding

  @RS-CES-03
  Scenario: What a law keeps stays when the service ends, until the law's day, and counts as nothing late
    Given it is 2026-09-30 09:00
    And the submission says
      | channel | site-pages |
    When the platform submits "service-security" with
      | click-info | 预订按钮 |
    And it is to be kept until 2031-12-31, on the ground "law" with
      | citation | tax-law-2031 |
    Then the answer is yes
    When two officers end the service
    Then nothing is left but what a floor keeps
    And what is kept is
      | click-info | 预订按钮 |
    When the clock reaches 2031-12-31 23:00
    And everything due goes
    Then nothing is a finding
    And what is kept is
      | click-info | 预订按钮 |
    And the end of the service is "stopped"
    When the clock reaches 2032-01-01 01:00
    And everything due goes
    Then nothing of it is left
    And the end of the service is "shredded"

  @RS-CES-03
  Scenario Outline: A law is cited, or it keeps nothing
    Given it is 2026-09-30 09:00
    And the submission says
      | channel | site-pages |
    When the platform submits "service-security" with
      | click-info | 预订按钮 |
    And it is to be kept until 2031-12-31, on the ground "<ground>" with
      | <evidence> | tax-law-2031 |
    Then it is refused with "<answer>" under RS-CES-03 at "<at>"

    Examples:
      | ground      | evidence  | answer                     | at       |
      | law         | reference | extension-evidence-missing | evidence |
      | convenience | citation  | extension-not-listed       | ground   |

Feature: The end of E票电影

  @EP-CES-01
  Scenario: When the service ends, collecting ends at once
    Given it is 2026-03-02 09:00
    And the person has agreed to all that "membership" asks for
    And the service ends on 2026-03-05
    When the clock reaches 2026-03-04 23:00
    And the platform submits "membership"
    Then it is admitted
    When the clock reaches 2026-03-05 00:01
    And the platform submits "membership"
    Then it is refused with "tenant-closed" under EP-CES-01
    When the platform asks whether "mobile-number" may be collected for "ordering"
    Then it is refused with "tenant-closed" under EP-CES-01

  # Everything is deleted or made anonymous; what the trade's three years keep stays until they are over.
  @EP-CES-03
  Scenario: What is left when the service ends, and until when
    Given it is 2026-03-02 09:00
    And the person has agreed to all that "account-safety" asks for
    And the "transaction-completed" of the "order" is on 2024-03-01
    When the platform submits "ordering"
    Then it is kept until 2027-03-02
    When the platform submits "account-safety" with
      | browse-record | 影片详情页 |
    Then it is kept until 2026-09-03
    When 20 people submit "service-log", with in turn
      | access-time | 2026-03-01T10:00:00+08:00 |
    And two officers end the service
    Then nothing is left but what a floor keeps
    And a floor keeps something until 2027-03-02
    And what is left of "logs" are these cells
      | people | month   |
      | 20     | 2026-03 |
    When the clock reaches 2027-03-01 23:00
    And everything due goes
    Then the end of the service is "stopped"
    When the clock reaches 2027-03-02 01:00
    And everything due goes
    Then the end of the service is "shredded"

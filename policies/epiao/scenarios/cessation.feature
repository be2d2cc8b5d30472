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

Feature: The end of Damai's services

  # What no law keeps goes at once, whatever its own day; what a law keeps stays until the law's day, and no longer.
  @DM-CES-01 @DM-CES-03
  Scenario: When the service ends its data is deleted or made anonymous, except what the law keeps
    Given it is 2026-03-02 09:00
    And 20 people submit "order", the "transaction-completed" of which is on 2024-05-01, with in turn
      | event-day | 2024-06-01 |
      | genre     | concert    |
    When the platform submits "display-and-logs" with
      | ip-address | 192.0.2.7 |
    Then it is kept until 2026-09-03
    When two officers end the service
    And the platform submits "display-and-logs"
    Then it is refused with "tenant-closed" under DM-CES-01
    And nothing is left but what a floor keeps
    And a floor keeps something until 2027-05-02
    And no cell is left of "orders"
    When the clock reaches 2027-05-01 23:00
    And everything due goes
    Then the end of the service is "stopped"
    When the clock reaches 2027-05-02 01:00
    And everything due goes
    Then what is left of "orders" are these cells
      | people | event-month | genre   |
      | 20     | 2024-06     | concert |
    And the end of the service is "shredded"
    When the key epoch ends
    Then the end of the service is "final"

  # An order whose transaction never came to its end waits for nothing any more: three years count from the end of the service.
  @DM-CES-03
  Scenario: What still waits when the service ends is dated by the end
    Given it is 2026-03-02 09:00
    And the person has agreed to all that "real-name" asks for
    When the platform submits "real-name"
    Then it waits for its day
    When the platform submits "order"
    Then it waits for its day
    When two officers end the service
    Then nothing is left but what a floor keeps
    And a floor keeps something until 2029-03-03

  # What somebody agreed to have kept longer, they agreed to for the service.
  @DM-CES-03
  Scenario: What was kept longer by the person's consent goes with the service
    Given it is 2026-03-02 09:00
    When the platform submits "display-and-logs" with
      | ip-address | 192.0.2.7 |
    And the person has given explicit consent to "longer-retention"
    And it is to be kept until 2031-01-01, on the ground "user-agreed-longer" with
      | consent | the consent |
    Then the answer is yes
    When two officers end the service
    Then nothing is left but what a floor keeps
    And nothing of it is left
    And the end of the service is "shredded"

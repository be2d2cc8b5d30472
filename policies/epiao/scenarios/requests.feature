Feature: By when E票电影 answers

  # Working days as the State Council publishes them: 14 and 28 February are worked, 15 to 23 February are not.
  @EP-SLA-01
  Scenario Outline: What is received on <received> is answered by the end of <deadline>
    Given it is <received> 10:00
    When the person asks for the erasure of everything
    Then the answer says
      | deadline | <deadline> |

    Examples:
      | received   | deadline   |
      | 2026-03-02 | 2026-03-23 |
      | 2026-02-06 | 2026-03-05 |
      | 2026-09-18 | 2026-10-15 |

  @EP-SLA-01
  Scenario Outline: The day of receipt is not counted, and the zone of the policy says which day it is: <received>
    Given it is <received>
    When the person asks for the erasure of everything
    Then the answer says
      | deadline | 2026-03-23 |

    # Early in the morning of Shanghai it is the day before in Greenwich.
    Examples:
      | received         |
      | 2026-03-02 00:01 |
      | 2026-03-02 23:00 |

  @EP-SLA-01
  Scenario: Of a year that nobody has published yet every day counts, so that nobody waits too long
    Given it is 2027-03-01 10:00
    When the person asks for the erasure of everything
    Then the answer says
      | deadline | 2027-03-16 |

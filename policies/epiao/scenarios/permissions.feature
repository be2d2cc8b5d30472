Feature: Device permissions of E票电影

  @EP-PRM-02
  Scenario: Album and files are asked for when the avatar is tapped
    Given the person has given acceptance consent to "policy"
    When the platform asks
      | kind       | permission      |
      | permission | album-and-files |
      | purpose    | avatar          |
      | moment     | avatar-tapped   |
    Then the answer is yes
    When the platform asks
      | kind       | permission      |
      | permission | album-and-files |
      | purpose    | avatar          |
      | moment     | locate-tapped   |
    Then it is refused with "moment-not-declared" under EP-PRM-02 at "moment"
    When the platform asks
      | kind       | permission       |
      | permission | album-and-files  |
      | purpose    | customer-service |
      | moment     | avatar-tapped    |
    Then it is refused with "permission-not-declared" under EP-PRM-02 at "purpose"
    When the person has given device-permission consent to "avatar"
    And the submission says
      | declarations | permission.album-and-files |
    And the platform submits "avatar" with
      | avatar-image | avatar.png |
    Then it is refused with "moment-not-declared" under EP-PRM-02 at "moment"

  @EP-PRM-04
  Scenario: Location is asked for when "locate" is tapped on the page of cities
    Given the person has given acceptance consent to "policy"
    When the platform asks
      | kind       | permission     |
      | permission | location       |
      | purpose    | nearby-cinemas |
      | moment     | locate-tapped  |
    Then the answer is yes
    When the platform asks
      | kind       | permission     |
      | permission | location       |
      | purpose    | nearby-cinemas |
      | moment     | app-started    |
    Then it is refused with "moment-not-declared" under EP-PRM-04 at "moment"
    When the platform asks
      | kind       | permission    |
      | permission | location      |
      | purpose    | ordering      |
      | moment     | locate-tapped |
    Then it is refused with "permission-not-declared" under EP-PRM-04 at "purpose"
    When the person has given device-permission consent to "nearby-cinemas"
    And the submission says
      | declarations | permission.location |
    And the platform submits "nearby-cinemas" with
      | current-location | 39.9219,116.4436 |
    Then it is refused with "moment-not-declared" under EP-PRM-04 at "moment"

  @EP-PRM-01
  Scenario Outline: Each permission serves the functions it is named for
    Given the person has given acceptance consent to "policy"
    When the platform asks
      | kind       | permission    |
      | permission | <permission>  |
      | purpose    | <purpose>     |
      | moment     | locate-tapped |
    Then the answer is yes

    Examples:
      | permission         | purpose             |
      | location           | device-location     |
      | location           | offline-positioning |
      | location           | push                |
      | device-information | device              |
      | device-information | service-log         |
      | device-information | push                |
      | device-information | analytics           |
      | device-information | deep-link           |
      | installed-apps     | service-log         |
      | installed-apps     | push                |
      | installed-apps     | deep-link           |
      | network            | nearby-cinemas      |

  @EP-PRM-03
  Scenario: Refusing the album costs the avatar and nothing else
    Given the person has agreed to all that "membership" asks for
    And the person has given device-permission consent to "avatar"
    When the person refuses "permission.album-and-files"
    And the platform asks
      | kind       | permission      |
      | permission | album-and-files |
      | purpose    | avatar          |
      | moment     | avatar-tapped   |
    Then it is refused with "permission-required" under EP-PRM-02 at "permission"
    When the submission says
      | declarations | permission.album-and-files, avatar-tapped |
    And the platform submits "avatar" with
      | avatar-image | avatar.png |
    Then it is refused with "permission-required" at "fields.avatar-image"
    When the platform submits "membership" with
      | mobile-number | 13800138000   |
      | username      | 芳芳爱电影    |
      | password      | 口令摘要 7f3a |
    Then it is admitted
    When the platform submits "ordering" with
      | mobile-number    | 13800138000               |
      | item             | 电影票                    |
      | order-number     | EP20211110001             |
      | order-created-at | 2021-11-10T10:00:00+08:00 |
      | amount-due       | 79.8                      |
      | film-title       | 长津湖                    |
      | showing-time     | 2021-11-12T19:30:00+08:00 |
      | venue            | 北京朝阳大悦城影城 3 号厅 |
      | ticket-count     | 2                         |
      | goods            | 爆米花套餐                |
    Then it is admitted
    When the platform asks
      | kind    | page           |
      | purpose | nearby-cinemas |
    Then the answer is yes

  @EP-PRM-03
  Scenario: The avatar waits for the permission, and for nothing less
    Given the person has given acceptance consent to "policy"
    When the person gives opt-in consent to "avatar"
    Then it is refused with "consent-level-too-low" under EP-PRM-03 at "level"
    When the person gives device-permission consent to "avatar"
    Then it is recorded

  @EP-PRM-05
  Scenario: Refusing location costs the cinemas nearby and nothing else
    Given the person has agreed to all that "nearby-cinemas" asks for
    When the person refuses "permission.location"
    And the platform asks
      | kind       | permission     |
      | permission | location       |
      | purpose    | nearby-cinemas |
      | moment     | locate-tapped  |
    Then it is refused with "permission-required" under EP-PRM-04 at "permission"
    When the submission says
      | declarations | permission.location, locate-tapped |
    And the platform submits "nearby-cinemas" with
      | current-location | 39.9219,116.4436 |
    Then it is refused with "permission-required" at "fields.current-location"
    When the platform submits "ordering" with
      | mobile-number    | 13800138000               |
      | item             | 电影票                    |
      | order-number     | EP20211110001             |
      | order-created-at | 2021-11-10T10:00:00+08:00 |
      | amount-due       | 79.8                      |
      | film-title       | 长津湖                    |
      | showing-time     | 2021-11-12T19:30:00+08:00 |
      | venue            | 北京朝阳大悦城影城 3 号厅 |
      | ticket-count     | 2                         |
      | goods            | 爆米花套餐                |
    Then it is admitted
    When the platform asks
      | kind    | page   |
      | purpose | browse |
    Then the answer is yes

  @EP-PRM-05
  Scenario: Cinemas nearby wait for the permission, and for nothing less
    Given the person has given acceptance consent to "policy"
    When the person gives opt-in consent to "nearby-cinemas"
    Then it is refused with "consent-level-too-low" under EP-PRM-05 at "level"
    When the person gives device-permission consent to "nearby-cinemas"
    Then it is recorded

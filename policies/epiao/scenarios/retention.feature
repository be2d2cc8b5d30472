Feature: How long E票电影 keeps

  @EP-RET-03
  Scenario Outline: Three years from the completion of the trade, to the day
    Given the person has given acceptance consent to "policy"
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

    Examples:
      |  |
      |  |
      |  |

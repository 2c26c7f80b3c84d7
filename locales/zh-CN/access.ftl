# Who read what: for petitioners, for whoever asks for a name, for the audit administrator.
list-comma = 、
level-national = 国家级
level-province = 省级
level-prefecture = 市级
level-county = 县级
level-township = 乡级
role-registrar = 登记人员
role-handler = 经办人员
role-head = 负责人
role-supervisor = 督办人员
role-auditor = 审计人员

read-case = 打开了事项
read-letter = 看了一份文书
read-letter-named = 看了一份写有姓名的文书
read-which = （{ $name }）
read-identity = 查看了信访人的{ $field }
read-original = 下载了原始文件
read-code = 补发了查询码
read-level = （{ $level }）
read-colon = ：
read-identity-tag = 涉及您的身份

identity-field-name = 姓名
identity-field-phone = 电话
identity-field-address = 地址
identity-field-id-number = 证件号码
purpose-contact = 联系信访人、听取意见
purpose-serve = 送达文书
purpose-identify = 核对本人身份
purpose-examine = 调查核实情况
purpose-transfer = 依法移送有权处理的机关
purpose-protect = 保护人身安全

identity-reveal = 查看{ $field }
identity-until = 您可看到{ $time }，之后重新隐去
identity-purpose = 用来做什么
identity-words = 具体说明
identity-words-hint = 例如：约定面谈时间。不要写姓名
identity-told = 只显示这一项，只对您显示，10分钟后隐去。查看会留下记录，信访人能看到您的岗位、日期和用途。

follow-reads = 谁看过您的信访事项
follow-reads-lead = 每一次打开都列在这里，写明岗位、单位和日期；姓名由审计管理员掌握。同一人15分钟内多次打开记为一次。
follow-reads-more = 更早的
follow-reads-all = 查看全部
follow-reads-complain = 如果您认为有人没有理由查看，请把日期、单位和岗位告诉信访部门或纪检监察机关，他们能查清是谁；也可以就此另行提出信访事项。

reads-title = 查看记录
reads-lead = 谁看过什么，不显示任何事项内容
reads-by-official = 按人员和日期
reads-by-matter = 按事项
reads-from = 从
reads-to = 到
reads-show = 查看
reads-caption = 查看记录，最新的在前
reads-at = 时间
reads-who = 人员
reads-what = 看了什么
reads-empty = 没有记录
reads-incident = 下载受影响的事项（CSV）
reads-incident-told = 用于泄露后的通知。您取走这张表会留下记录。
case-sealed-name = 审计编号

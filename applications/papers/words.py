"""The legal and trade words that papers use for the choices of the tables.

Papers are legal texts in Chinese in whatever language the screens are shown, so their words don't go
through the catalogue. A test compares each table with its choices.
"""

CUSTOMER_KIND = {"individual": "个人用户", "organisation": "单位用户"}

IDENTITY_KIND = {
    "resident_id": "居民身份证",
    "household_register": "居民户口簿",
    "passport": "护照",
    "home_return_permit": "港澳居民来往内地通行证",
    "taiwan_permit": "台湾居民来往大陆通行证",
    "officer_card": "军官证",
    "credit_code": "统一社会信用代码",
}

KIND_OF_USE = {
    "residential": "居民生活用水",
    "non_residential": "非居民用水",
    "special": "特种用水",
    "shared_residential": "合表居民生活用水",
    "institution_residential": "执行居民价格的非居民用水",
}

BILLING_CYCLE = {
    "monthly": "每月结算一次",
    "odd_months": "每两个月结算一次（单月抄表）",
    "even_months": "每两个月结算一次（双月抄表）",
}

DOCUMENT = {
    "identity_copy": "居民身份证或者户口簿复印件",
    "property_certificate": "不动产权属证书复印件",
    "location_map": "规划定点图",
    "sealed_form": "加盖单位公章的申请表",
    "power_of_attorney": "授权委托书",
}

FINDING = {"received": "已收，待核验", "good": "齐全、有效", "faulty": "需补正"}

STAGE = {
    "document_review": "资料审核并移交",
    "arrears_check": "欠费核查",
    "survey": "现场勘查",
    "design": "设计方案",
    "budget": "编制工程预算",
    "construction": "组织施工",
    "hand_over_meter_card": "移交表卡（自施工结束之日起）",
}

OFFICE = {
    "counter_clerk": "客户服务中心",
    "cashier": "客户服务中心",
    "duty_manager": "客户服务中心",
    "business_clerk": "营业所",
    "business_manager": "营业所",
    "designer": "设计室",
    "responsible_leader": "公司主管领导",
    "deputy_general_manager": "分管副总经理",
    "construction_unit": "施工单位",
    "pipeline_management": "管线管理部",
}

PERMIT = {
    "planning_alignment": "规划定线",
    "road_opening": "掘路（占用、挖掘城市道路）许可",
    "other": "其他许可",
}

PERMIT_AUTHORITY = {
    "planning_alignment": "自然资源和规划主管部门",
    "road_opening": "市政工程行政主管部门、公安机关交通管理部门",
    "other": "有关主管部门",
}

COST_CATEGORY = {
    "pipe_material": "管材及管件",
    "meter": "水表及表具",
    "labour": "安装人工",
    "earthwork": "土方工程",
    "road_restoration": "路面恢复",
    "survey_design": "勘察设计",
    "other": "其他",
}

RED_LINE = {"inside": "红线内", "outside": "红线外"}

PAYER = {"applicant": "用户", "utility": "供水企业"}

FORMALITY = {
    "construction_permit": "施工许可",
    "traffic": "交通疏导方案",
    "utilities": "与其他管线单位的协调",
    "other": "其他手续",
}

FORMALITY_STATUS = {"done": "已办理", "not_needed": "无需办理", "pending": "待办理"}

PARTY = {
    "design_office": "设计室（组织单位）",
    "service_centre": "客户服务中心",
    "business_office": "营业所",
    "construction_unit": "施工单位",
    "applicant": "用户",
}

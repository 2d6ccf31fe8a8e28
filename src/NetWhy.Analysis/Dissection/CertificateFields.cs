using NetWhy.Analysis.Fields;

namespace NetWhy.Analysis.Dissection;

/// <summary>The fields of X.509 certificates. Source: Wireshark's display filter reference, where each module of ASN.1 is a protocol.</summary>
internal static class CertificateFields
{
    private static readonly Dictionary<ulong, string> Versions = new() { [0] = "v1", [1] = "v2", [2] = "v3" };
    private static readonly Dictionary<ulong, string> NameKinds = new() { [0] = "rdnSequence" };
    private static readonly Dictionary<ulong, string> TimeKinds = new() { [0] = "utcTime", [1] = "generalizedTime" };
    private static readonly Dictionary<ulong, string> StringKinds = new() { [0] = "teletexString", [1] = "printableString", [2] = "universalString", [3] = "bmpString", [4] = "uTF8String" };
    private static readonly Dictionary<ulong, string> GeneralKinds = new()
    {
        [0] = "otherName",
        [1] = "rfc822Name",
        [2] = "dNSName",
        [3] = "x400Address",
        [4] = "directoryName",
        [5] = "ediPartyName",
        [6] = "uniformResourceIdentifier",
        [7] = "iPAddress",
        [8] = "registeredID",
    };

    private static readonly Dictionary<ulong, string> PointKinds = new() { [0] = "fullName", [1] = "nameRelativeToCRLIssuer" };
    private static readonly Dictionary<ulong, string> CurveKinds = new() { [0] = "specifiedCurve", [1] = "namedCurve" };
    private static readonly Dictionary<ulong, string> TextKinds = new() { [0] = "ia5String", [1] = "visibleString", [2] = "bmpString", [3] = "utf8String" };

    internal static readonly FieldGroup Framework = new("x509af", "X.509 Authentication Framework");
    internal static readonly FieldGroup Information = new("x509if", "X.509 Information Framework");
    internal static readonly FieldGroup Attributes = new("x509sat", "X.509 Selected Attribute Types");
    internal static readonly FieldGroup Extensions = new("x509ce", "X.509 Certificate Extensions");
    internal static readonly FieldGroup Keys = new("pkcs-1", "PKCS#1", "pkcs1");
    internal static readonly FieldGroup Implicit = new("pkix1implicit", "PKIX1Implicit");
    internal static readonly FieldGroup Explicit = new("pkix1explicit", "PKIX1Explicit");
    internal static readonly FieldGroup Encoding = new("ber", "Basic Encoding Rules (ASN.1 X.690)");

    internal static readonly Field Signed = Framework.None("signedCertificate_element", "signedCertificate");
    internal static readonly Field Version = Framework.Signed("version", "version", 32, Versions);
    internal static readonly Field SerialNumber = Framework.Octets("serialNumber", "serialNumber");
    internal static readonly Field Signature = Framework.None("signature_element", "signature");
    internal static readonly Field AlgorithmId = Framework.Text("algorithm.id", "Algorithm Id");
    internal static readonly Field Issuer = Framework.Unsigned("issuer", "issuer", 32, NameKinds);
    internal static readonly Field Validity = Framework.None("validity_element", "validity");
    internal static readonly Field NotBefore = Framework.Unsigned("notBefore", "notBefore", 32, TimeKinds);
    internal static readonly Field NotAfter = Framework.Unsigned("notAfter", "notAfter", 32, TimeKinds);
    internal static readonly Field UtcTime = Framework.Text("utcTime", "utcTime");
    internal static readonly Field GeneralizedTime = Framework.Time("generalizedTime", "generalizedTime");
    internal static readonly Field Subject = Framework.Unsigned("subject", "subject", 32, NameKinds);
    internal static readonly Field SubjectSequence = Framework.Unsigned("rdnSequence", "rdnSequence", 32);
    internal static readonly Field KeyInfo = Framework.None("subjectPublicKeyInfo_element", "subjectPublicKeyInfo");
    internal static readonly Field Algorithm = Framework.None("algorithm_element", "algorithm");
    internal static readonly Field PublicKey = Framework.Octets("subjectPublicKey", "subjectPublicKey");
    internal static readonly Field IssuerUnique = Framework.Octets("issuerUniqueIdentifier", "issuerUniqueIdentifier");
    internal static readonly Field SubjectUnique = Framework.Octets("subjectUniqueIdentifier", "subjectUniqueIdentifier");
    internal static readonly Field ExtensionCount = Framework.Unsigned("extensions", "extensions", 32);
    internal static readonly Field Extension = Framework.None("Extension_element", "Extension");
    internal static readonly Field ExtensionId = Framework.Text("extension.id", "Extension Id");
    internal static readonly Field Critical = Framework.Boolean("critical", "critical");
    internal static readonly Field SignatureAlgorithm = Framework.None("algorithmIdentifier_element", "algorithmIdentifier");
    internal static readonly Field Encrypted = Framework.Octets("encrypted", "encrypted");

    internal static readonly Field NameSequence = Information.Unsigned("rdnSequence", "rdnSequence", 32);
    internal static readonly Field RelativeName = Information.Unsigned("RDNSequence_item", "RDNSequence item", 32);
    internal static readonly Field Attribute = Information.None("RelativeDistinguishedName_item_element", "RelativeDistinguishedName item");
    internal static readonly Field AttributeId = Information.Text("oid", "Object Id");

    internal static readonly Field CountryName = Attributes.Text("CountryName", "CountryName");
    internal static readonly Field DirectoryString = Attributes.Unsigned("DirectoryString", "DirectoryString", 32, StringKinds);
    internal static readonly Field TeletexString = Attributes.Text("teletexString", "teletexString");
    internal static readonly Field PrintableString = Attributes.Text("printableString", "printableString");
    internal static readonly Field UniversalString = Attributes.Utf8("universalString", "universalString");
    internal static readonly Field BmpString = Attributes.Utf8("bmpString", "bmpString");
    internal static readonly Field Utf8String = Attributes.Utf8("uTF8String", "uTF8String");
    internal static readonly Field Ia5Syntax = Attributes.Text("IA5String", "IA5String");
    internal static readonly Field PrintableSyntax = Attributes.Text("PrintableString", "PrintableString");
    internal static readonly Field BmpSyntax = Attributes.Utf8("BMPString", "BMPString");
    internal static readonly Field Utf8Syntax = Attributes.Utf8("UTF8String", "UTF8String");
    internal static readonly Field IntegerSyntax = Attributes.Signed("Integer", "Integer", 64);

    internal static readonly Field SubjectKeyIdentifier = Extensions.Octets("SubjectKeyIdentifier", "SubjectKeyIdentifier");
    internal static readonly Field AuthorityKeyIdentifier = Extensions.None("AuthorityKeyIdentifier_element", "AuthorityKeyIdentifier");
    internal static readonly Field KeyIdentifier = Extensions.Octets("keyIdentifier", "keyIdentifier");
    internal static readonly Field AuthorityIssuer = Extensions.Unsigned("authorityCertIssuer", "authorityCertIssuer", 32);
    internal static readonly Field AuthoritySerialNumber = Extensions.Octets("authorityCertSerialNumber", "authorityCertSerialNumber");
    internal static readonly Field KeyUsage = Extensions.Octets("KeyUsage", "KeyUsage");
    internal static readonly Field[] KeyUsages =
    [
        .. ((string[])["digitalSignature", "contentCommitment", "keyEncipherment", "dataEncipherment", "keyAgreement", "keyCertSign", "cRLSign", "encipherOnly", "decipherOnly"])
            .Select((name, bit) => Extensions.Boolean($"KeyUsage.{name}", name, 8).Masked(0x80u >> (bit % 8), level: 2)),
    ];
    internal static readonly Field Purposes = Extensions.Unsigned("KeyPurposeIDs", "KeyPurposeIDs", 32);
    internal static readonly Field Purpose = Extensions.Text("KeyPurposeId", "KeyPurposeId");
    internal static readonly Field Constraints = Extensions.None("BasicConstraintsSyntax_element", "BasicConstraintsSyntax");
    internal static readonly Field IsAuthority = Extensions.Boolean("cA", "cA");
    internal static readonly Field PathLength = Extensions.Unsigned("pathLenConstraint", "pathLenConstraint", 64);
    internal static readonly Field GeneralNames = Extensions.Unsigned("GeneralNames", "GeneralNames", 32);
    internal static readonly Field GeneralName = Extensions.Unsigned("GeneralName", "GeneralName", 32, GeneralKinds);
    internal static readonly Field OtherName = Extensions.None("otherName_element", "otherName");
    internal static readonly Field OtherType = Extensions.Text("type_id", "type-id");
    internal static readonly Field MailName = Extensions.Text("rfc822Name", "rfc822Name");
    internal static readonly Field DnsName = Extensions.Text("dNSName", "dNSName");
    internal static readonly Field DirectoryName = Extensions.Unsigned("directoryName", "directoryName", 32, NameKinds);
    internal static readonly Field Uri = Extensions.Text("uniformResourceIdentifier", "uniformResourceIdentifier");
    internal static readonly Field Ipv4 = Extensions.Ipv4Address("IPAddress.ipv4", "iPAddress");
    internal static readonly Field Ipv6 = Extensions.Ipv6Address("IPAddress.ipv6", "iPAddress");
    internal static readonly Field IpAddress = Extensions.Octets("iPAddress", "iPAddress");
    internal static readonly Field RegisteredId = Extensions.Text("registeredID", "registeredID");
    internal static readonly Field DistributionPoints = Extensions.Unsigned("CRLDistPointsSyntax", "CRLDistPointsSyntax", 32);
    internal static readonly Field DistributionPoint = Extensions.None("DistributionPoint_element", "DistributionPoint");
    internal static readonly Field DistributionName = Extensions.Unsigned("distributionPoint", "distributionPoint", 32, PointKinds);
    internal static readonly Field FullName = Extensions.Unsigned("fullName", "fullName", 32);
    internal static readonly Field RevocationIssuer = Extensions.Unsigned("cRLIssuer", "cRLIssuer", 32);
    internal static readonly Field Policies = Extensions.Unsigned("CertificatePoliciesSyntax", "CertificatePoliciesSyntax", 32);
    internal static readonly Field Policy = Extensions.None("PolicyInformation_element", "PolicyInformation");
    internal static readonly Field PolicyId = Extensions.Text("policyIdentifier", "policyIdentifier");
    internal static readonly Field Qualifiers = Extensions.Unsigned("policyQualifiers", "policyQualifiers", 32);
    internal static readonly Field Qualifier = Extensions.None("PolicyQualifierInfo_element", "PolicyQualifierInfo");
    internal static readonly Field QualifierId = Extensions.Text("id", "Id");
    internal static readonly Field UsagePeriod = Extensions.None("PrivateKeyUsagePeriod_element", "PrivateKeyUsagePeriod");
    internal static readonly Field UsedFrom = Extensions.Time("notBefore", "notBefore");
    internal static readonly Field UsedUntil = Extensions.Time("notAfter", "notAfter");

    internal static readonly Field Modulus = Keys.Octets("modulus", "modulus");
    internal static readonly Field PublicExponent = Keys.Signed("publicExponent", "publicExponent", 32);
    internal static readonly Field Curve = Keys.Unsigned("ECParameters", "ECParameters", 32, CurveKinds);
    internal static readonly Field NamedCurve = Keys.Text("namedCurve", "namedCurve");
    internal static readonly Field PssParameters = Keys.None("RSASSA_PSS_params_element", "RSASSA-PSS-params");
    internal static readonly Field HashAlgorithm = Keys.None("hashAlgorithm_element", "hashAlgorithm");
    internal static readonly Field MaskAlgorithm = Keys.None("maskGenAlgorithm_element", "maskGenAlgorithm");
    internal static readonly Field SaltLength = Keys.Signed("saltLength", "saltLength", 32);

    internal static readonly Field AccessList = Implicit.Unsigned("AuthorityInfoAccessSyntax", "AuthorityInfoAccessSyntax", 32);
    internal static readonly Field Access = Implicit.None("AccessDescription_element", "AccessDescription");
    internal static readonly Field AccessMethod = Implicit.Text("accessMethod", "accessMethod");
    internal static readonly Field AccessLocation = Implicit.Unsigned("accessLocation", "accessLocation", 32);
    internal static readonly Field Notice = Implicit.None("UserNotice_element", "UserNotice");
    internal static readonly Field NoticeReference = Implicit.None("noticeRef_element", "noticeRef");
    internal static readonly Field NoticeOrganization = Implicit.Unsigned("organization", "organization", 32, TextKinds);
    internal static readonly Field NoticeNumbers = Implicit.Unsigned("noticeNumbers", "noticeNumbers", 32);
    internal static readonly Field NoticeNumber = Implicit.Signed("noticeNumbers_item", "noticeNumbers item", 32);
    internal static readonly Field NoticeText = Implicit.Unsigned("explicitText", "explicitText", 32, TextKinds);
    internal static readonly Field NoticeIa5 = Implicit.Text("ia5String", "ia5String");
    internal static readonly Field NoticeVisible = Implicit.Text("visibleString", "visibleString");
    internal static readonly Field NoticeBmp = Implicit.Utf8("bmpString", "bmpString");
    internal static readonly Field NoticeUtf8 = Implicit.Utf8("utf8String", "utf8String");
    internal static readonly Field PracticeStatement = Explicit.Text("DirectoryString", "DirectoryString");

    internal static readonly Field BitPadding = Encoding.Unsigned("bitstring.padding", "Padding", 8);

    /// <summary>All of them.</summary>
    internal static FieldGroup[] Groups { get; } = [Framework, Information, Attributes, Extensions, Keys, Implicit, Explicit, Encoding];
}

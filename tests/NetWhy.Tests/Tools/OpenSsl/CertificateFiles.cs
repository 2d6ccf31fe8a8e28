using NetWhy.Tests.App;

namespace NetWhy.Tests.Tools.OpenSsl;

/// <summary>Certificates of every kind, made by openssl for the tests of one class.</summary>
public sealed class CertificateFiles : IDisposable
{
    private const string Script = """
        cat >c.cnf <<'END'
        [req]
        distinguished_name = dn
        [dn]
        [directory]
        C = DE
        O = Ümlaut & Co
        CN = Someone
        [every]
        basicConstraints = critical,CA:TRUE,pathlen:3
        keyUsage = critical,digitalSignature,keyCertSign,cRLSign,nonRepudiation
        extendedKeyUsage = critical,serverAuth,clientAuth,codeSigning,OCSPSigning,1.2.3.4.5
        subjectKeyIdentifier = hash
        authorityKeyIdentifier = keyid:always
        subjectAltName = critical,DNS:a.test,DNS:*.b.test,IP:192.0.2.1,IP:2001:db8::1,email:x@a.test,URI:https://a.test/x,RID:1.2.3,dirName:directory,otherName:1.3.6.1.4.1.311.20.2.3;UTF8:u@a.test
        issuerAltName = DNS:i.test
        authorityInfoAccess = OCSP;URI:http://o.test/,caIssuers;URI:http://i.test/i.cer
        crlDistributionPoints = point
        certificatePolicies = 1.2.3.4,@policy
        nameConstraints = critical,permitted;DNS:a.test,excluded;IP:10.0.0.0/255.0.0.0,permitted;email:.a.test,excluded;dirName:directory
        policyConstraints = requireExplicitPolicy:3,inhibitPolicyMapping:1
        policyMappings = 1.2.3:1.2.4
        inhibitAnyPolicy = 2
        tlsfeature = status_request,status_request_v2
        noCheck = ignored
        nsCertType = server,objsign
        nsComment = "a comment"
        1.2.3.4.5.6 = ASN1:UTF8String:hello
        1.2.3.4.5.7 = critical,DER:01:02
        [point]
        fullname = URI:http://c.test/1.crl,URI:http://c.test/2.crl
        CRLissuer = dirName:directory
        reasons = keyCompromise,CACompromise
        [policy]
        policyIdentifier = 1.3.5.8
        CPS.1 = http://p.test/
        userNotice.1 = @notice
        [notice]
        explicitText = "An explicit text"
        organization = "An organization"
        noticeNumbers = 1,2
        [root]
        basicConstraints = critical,CA:TRUE
        keyUsage = critical,keyCertSign,cRLSign
        subjectKeyIdentifier = hash
        [intermediate]
        basicConstraints = critical,CA:TRUE,pathlen:0
        keyUsage = critical,keyCertSign,cRLSign
        subjectKeyIdentifier = hash
        authorityKeyIdentifier = keyid
        nameConstraints = permitted;DNS:lab.test,permitted;IP:10.0.0.0/255.0.0.0,excluded;DNS:bad.lab.test
        certificatePolicies = 1.2.3.4
        [leaf]
        basicConstraints = CA:FALSE
        keyUsage = critical,digitalSignature
        extendedKeyUsage = serverAuth
        subjectKeyIdentifier = hash
        authorityKeyIdentifier = keyid
        subjectAltName = DNS:www.lab.test,IP:10.1.2.3,email:me@other.test
        certificatePolicies = 1.2.3.4
        [excluded]
        basicConstraints = CA:FALSE
        authorityKeyIdentifier = keyid
        subjectAltName = DNS:x.bad.lab.test
        [foreign]
        subjectAltName = DNS:www.elsewhere.test
        [client]
        basicConstraints = CA:FALSE
        extendedKeyUsage = clientAuth
        [critical]
        keyUsage = critical,digitalSignature
        1.2.3.4.5.7 = critical,DER:01:02
        [signer]
        keyUsage = critical,keyCertSign
        subjectKeyIdentifier = hash
        authorityKeyIdentifier = keyid
        [wide]
        basicConstraints = critical,CA:TRUE
        certificatePolicies = critical,2.5.29.32.0
        [wideleaf]
        certificatePolicies = critical,2.5.29.32.0,1.2.3.4
        [narrow]
        certificatePolicies = 1.2.3.4,@bothqualifiers,1.2.3.9,@noticealone,1.1.1
        [bothqualifiers]
        policyIdentifier = 1.3.5.8
        CPS.1 = http://a.test/
        CPS.2 = http://b.test/
        userNotice.1 = @noticesource
        [noticealone]
        policyIdentifier = 1.3.5.9
        userNotice.1 = @noticetext
        [noticesource]
        explicitText = UTF8:some text
        organization = Lab
        noticeNumbers = 1,2
        [noticetext]
        explicitText = only
        [fresh]
        freshestCRL = URI:http://a.test/delta.crl
        [delta]
        deltaCRL = critical,DER:02:01:05
        [mapping]
        basicConstraints = critical,CA:TRUE
        certificatePolicies = 1.2.3.9,1.2.3.4,1.2.3.7,1.2.3.1
        policyMappings = 1.2.3.9:1.2.4.9,1.2.3.4:1.2.4.2,1.2.3.4:1.2.4.3,1.2.3.1:1.2.4.9
        [mappingany]
        basicConstraints = critical,CA:TRUE
        certificatePolicies = critical,2.5.29.32.0,1.2.3.9,1.2.3.4
        policyMappings = 1.2.3.9:1.2.4.9,1.2.3.8:1.2.4.8,1.2.3.5:1.2.4.5,1.2.3.8:1.2.4.9
        [mapped]
        certificatePolicies = 1.2.4.9,1.2.4.8,1.2.4.5,1.2.4.3,1.2.3.7,1.2.3.1,1.2.3.8
        [mappedany]
        certificatePolicies = 1.2.4.9,2.5.29.32.0,1.2.4.1
        [long]
        basicConstraints = critical,CA:TRUE
        certificatePolicies = 1.2.123456789.123456789.123456789.123456789.123456789.123456789.123456789.123456789.123456789.123456789.123456789.1,1.2.123456789.123456789.123456789.123456789.123456789.123456789.123456789.123456789.123456789.123456789.123456789.2
        [longleaf]
        certificatePolicies = 1.2.123456789.123456789.123456789.123456789.123456789.123456789.123456789.123456789.123456789.123456789.123456789.2,1.2.340282366920938463463374607431768211456.5
        [ca]
        default_ca = lists
        [lists]
        database = index.txt
        default_md = sha256
        default_crl_days = 3000
        END
        key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:$1 -out $2.key 2>/dev/null; }
        key P-256 root; key P-256 intermediate; key P-384 leaf; key secp224r1 weak
        openssl genpkey -algorithm ed25519 -out ed25519.key; openssl genpkey -algorithm ed448 -out ed448.key
        openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024 -out rsa.key 2>/dev/null
        self() { openssl req -x509 -config c.cnf -utf8 -days 3000 -key $1.key -out $2.pem "${@:3}"; }
        self root every -extensions every -subj '/C=DE/O=Ümlaut, "quoted"/OU=#hash + plus/CN=a.test/emailAddress=m@a.test' -set_serial 0x1234567890abcdef1234567890abcdef12345678
        self leaf negative -subj '/CN=one+OU=two/O= blanks /CN=x\=y;z<' -multivalue-rdn -set_serial -129
        self ed25519 ed25519 -subj '/' -set_serial 0
        self ed448 ed448 -subj '/DC=test/DC=lab/UID=7/SN=Sur/GN=Given/serialNumber=12' -extensions root
        self rsa rsa -subj '/CN=r' -sha1 -extensions leaf
        self rsa pss -subj '/CN=p' -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:20
        self rsa md5 -subj '/CN=m' -md5
        self weak weak -subj '/CN=w' -sha224
        self root root -subj '/O=Lab/CN=Root' -extensions root
        issue() { openssl req -new -config c.cnf -utf8 -key $2.key -subj "$3" | openssl x509 -req -CA $1.pem -CAkey $1.key -set_serial $6 -days 2000 -extfile c.cnf -extensions $5 -out $4.pem 2>/dev/null; }
        issue root intermediate '/O=Lab/CN=Intermediate' intermediate intermediate 16
        issue intermediate leaf '/CN=www.lab.test' leaf leaf 4097
        issue intermediate leaf '/CN=revoked' revoked leaf 4098
        issue intermediate leaf '/CN=excluded' excluded excluded 4099
        issue intermediate leaf '/CN=foreign' foreign foreign 4100
        issue intermediate leaf '/CN=client.lab.test' client client 4101
        issue intermediate leaf '/CN=critical.lab.test' critical critical 4102
        issue intermediate weak '/CN=weak.lab.test' weakleaf client 4103
        cp leaf.key notca.key; cp leaf.pem notca.pem; issue notca weak '/CN=below.lab.test' below client 4104
        openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out signer.key 2>/dev/null; issue root signer '/CN=Signer' signer signer 4105; issue signer leaf '/CN=www.lab.test' signed leaf 4106
        printf 'R\t391231235959Z\t250101000000Z,keyCompromise\t1002\tunknown\t/CN=revoked\n' >index.txt
        openssl ca -config c.cnf -name lists -gencrl -keyfile intermediate.key -cert intermediate.pem -out intermediate.crl 2>/dev/null
        : >index.txt
        openssl ca -config c.cnf -name lists -gencrl -keyfile root.key -cert root.pem -out root.crl 2>/dev/null
        issue root leaf '/CN=Wide' wide wide 4107; cp leaf.key wide.key
        issue wide leaf '/CN=narrow' narrow narrow 4108; issue wide leaf '/CN=wideleaf' wideleaf wideleaf 4109
        issue() { openssl req -new -config c.cnf -utf8 -key $2.key -subj "$3" | openssl x509 -req -sha384 -CA $1.pem -CAkey $1.key -set_serial $6 -days 2000 -extfile c.cnf -extensions $5 -out $4.pem 2>/dev/null; }
        issue root leaf '/CN=Suite' suite192 signer 4110; cp leaf.key suite192.key; issue suite192 leaf '/CN=suite leaf' suite192leaf client 4111
        issue root leaf '/CN=fresh1' fresh1 fresh 4113; issue root leaf '/CN=fresh2' fresh2 fresh 4114; issue root leaf '/CN=fresh3' fresh3 fresh 4115
        list() { echo "$1" >crlnumber; openssl ca -config c.cnf -name lists -gencrl -keyfile root.key -cert root.pem -out $2 "${@:3}" 2>/dev/null; }
        sed -i '/^default_crl_days/a crlnumber = crlnumber' c.cnf
        printf 'R\t391231235959Z\t250101000000Z,keyCompromise\t1012\tunknown\t/CN=fresh2\n' >index.txt; list 05 full.crl
        printf 'R\t391231235959Z\t250101000000Z,keyCompromise\t1013\tunknown\t/CN=fresh3\n' >index.txt; list 07 delta.crl -crlexts delta -crl_lastupdate 20250101000000Z -crl_nextupdate 20450101000000Z; list 04 late.crl -crlexts delta -crl_lastupdate 20250101000000Z -crl_nextupdate 20450101000000Z; list 07 expireddelta.crl -crlexts delta -crl_lastupdate 20240101000000Z -crl_nextupdate 20240601000000Z
        : >index.txt; list 05 expired.crl -crl_lastupdate 20240101000000Z -crl_nextupdate 20240601000000Z
        cat >twice.cnf <<'END'
        asn1 = SEQUENCE:tbs
        [tbs]
        version = INTEGER:1
        algorithm = SEQUENCE:algorithm
        issuer = SEQUENCE:issuer
        this = UTCTIME:250101000000Z
        next = UTCTIME:450101000000Z
        entries = SEQUENCE:entries
        extensions = EXPLICIT:0,SEQUENCE:extensions
        [algorithm]
        id = OID:ecdsa-with-SHA256
        [issuer]
        o = SET:o
        cn = SET:cn
        [o]
        pair = SEQUENCE:opair
        [opair]
        id = OID:organizationName
        value = UTF8:Lab
        [cn]
        pair = SEQUENCE:cnpair
        [cnpair]
        id = OID:commonName
        value = UTF8:Root
        [entries]
        1 = SEQUENCE:back2
        2 = SEQUENCE:gone3
        3 = SEQUENCE:back3
        4 = SEQUENCE:gone2
        [back2]
        serial = INTEGER:0x1012
        time = UTCTIME:250101000000Z
        extensions = SEQUENCE:backreasons
        [gone3]
        serial = INTEGER:0x1013
        time = UTCTIME:250101000000Z
        [back3]
        serial = INTEGER:0x1013
        time = UTCTIME:250101000000Z
        extensions = SEQUENCE:backreasons
        [gone2]
        serial = INTEGER:0x1012
        time = UTCTIME:250101000000Z
        [backreasons]
        reason = SEQUENCE:backreason
        [backreason]
        id = OID:2.5.29.21
        value = OCTWRAP,ENUMERATED:8
        [extensions]
        number = SEQUENCE:number
        delta = SEQUENCE:deltaof
        [number]
        id = OID:2.5.29.20
        value = OCTWRAP,INTEGER:8
        [deltaof]
        id = OID:2.5.29.27
        critical = BOOLEAN:TRUE
        value = OCTWRAP,INTEGER:5
        [list]
        tbs = SEQUENCE:tbs
        algorithm = SEQUENCE:algorithm
        END
        openssl asn1parse -genconf twice.cnf -noout -out tbs.der; sed -i 's/^asn1 = .*/asn1 = SEQUENCE:list/' twice.cnf
        echo "signature = FORMAT:HEX,BITSTRING:$(openssl dgst -sha256 -sign root.key -hex tbs.der | sed 's/.*= //')" >>twice.cnf
        openssl asn1parse -genconf twice.cnf -noout -out twice.der; openssl crl -inform DER -in twice.der -out twice.crl
        cp leaf.key mapping.key; cp leaf.key mappingany.key; cp leaf.key long.key
        issue root leaf '/CN=mapping' mapping mapping 4120; issue root leaf '/CN=mappingany' mappingany mappingany 4121; issue root leaf '/CN=long' long long 4122
        for by in mapping mappingany; do issue $by leaf /CN=mapped $by-mapped mapped 4123; issue $by leaf /CN=mappedany $by-any mappedany 4124; done; issue long leaf /CN=longleaf longleaf longleaf 4125
        cat root.pem full.crl >withlist.pem
        : >index.txt
        openssl x509 -in leaf.pem -outform DER -out leaf.der
        openssl x509 -in root.pem -addtrust clientAuth -setalias 'An alias' -out trusted.pem
        { echo 'some text'; openssl x509 -in leaf.pem -text; cat intermediate.pem; echo '-----BEGIN nothing'; } >mixed.pem
        cat root.key leaf.pem >keyfirst.pem; head -c 300 leaf.der >cut.der; head -5 leaf.pem >cut.pem; : >empty; sed 's/A/!/' leaf.pem >damaged.pem
        openssl crl -in intermediate.crl -outform DER -out der.crl
        openssl x509 -in root.pem -outform DER -out rootder.der; sed 's/$/\r/' leaf.pem >crlf.pem; tr -d '\n' <leaf.pem >oneline.pem; sed '3s/^/\n/' leaf.pem >gap.pem; sed '2s/^/\n/' leaf.pem >lead.pem
        sed '1s/$/  /' leaf.pem >blanks.pem; { printf '\357\273\277'; cat root.pem; } >bom.pem; cat gap.pem root.pem >gapfirst.pem
        cat leaf.pem intermediate.pem root.pem >bundle.pem; cat intermediate.crl root.crl >both.crl
        mkdir hashed; cp root.pem hashed/$(openssl x509 -in root.pem -noout -hash).0
        """;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("netwhy-openssl-");

    public CertificateFiles()
    {
        File.WriteAllText(Path.Combine(_directory.FullName, "make.sh"), $"set -e; cd '{_directory.FullName}'\n{Script}\n");
        ProgramResult made = NetWhyProgram.Run("bash", [Path.Combine(_directory.FullName, "make.sh")], []);
        if (made.ExitCode != 0)
            throw new InvalidOperationException(made.Error);
    }

    /// <summary>The directory that they lie in.</summary>
    public string Place => _directory.FullName;

    /// <inheritdoc/>
    public void Dispose() => _directory.Delete(recursive: true);
}

using System.Globalization;
using System.Text;

namespace NetWhy.Lab;

/// <summary>Makes the lab's certificates with openssl: a certification authority and leaves with every kind of fault.</summary>
/// <remarks>
/// For each <c>NAME</c> of <see cref="Leaves"/> there is <c>NAME.pem</c> (what a server sends, leaf first) and
/// <c>NAME.key</c>. <c>ca.pem</c> is the root that the client trusts. <c>must-staple.ocsp</c>, <c>revoked.ocsp</c> and
/// <c>answered-by-old.ocsp</c> are what the issuer's responder says of those three, of the last one with a certificate of its own that has expired.
/// </remarks>
public static class CertificateMaker
{
    private const string GoodNames =
        "DNS:lab.test,DNS:www.lab.test,DNS:api.lab.test,DNS:v4.lab.test,DNS:v6.lab.test,"
        + "IP:10.10.2.2,IP:10.10.2.3,IP:10.10.2.4,IP:fd10:2::2,IP:fd10:2::3,IP:fd10:2::4";

    /// <summary>What leaves there are.</summary>
    public static IReadOnlyList<Leaf> Leaves { get; } =
    [
        new("good", GoodNames, "intermediate", -1, 90, SendsIntermediate: true),
        new("expired", GoodNames, "intermediate", -60, -3, SendsIntermediate: true),
        new("expired-rsa", GoodNames, "intermediate", -60, -3, SendsIntermediate: true) { Key = "rsa:2048" },
        new("not-yet-valid", GoodNames, "intermediate", 5, 90, SendsIntermediate: true),
        new("expiring", GoodNames, "intermediate", -80, 5, SendsIntermediate: true),
        new("wrong-name", "DNS:other.test,DNS:www.other.test", "intermediate", -1, 90, SendsIntermediate: true),
        new("no-san", "", "intermediate", -1, 90, SendsIntermediate: true),
        new("missing-intermediate", GoodNames, "intermediate", -1, 90, SendsIntermediate: false),
        new("untrusted-root", GoodNames, "stranger", -1, 90, SendsIntermediate: true),
        new("self-signed", GoodNames, "", -1, 90, SendsIntermediate: false),
        new("client", "DNS:client.lab.test", "intermediate", -1, 90, SendsIntermediate: true),
        new("must-staple", GoodNames, "intermediate", -1, 90, SendsIntermediate: true) { Extension = "tlsfeature=status_request" },
        new("revoked", GoodNames, "intermediate", -1, 90, SendsIntermediate: true),
        new("revoked-fetched", GoodNames, "intermediate", -1, 90, SendsIntermediate: true) { Extension = "authorityInfoAccess=OCSP;URI:http://v4.lab.test:8880/" },
        new("revoked-listed", GoodNames, "intermediate", -1, 90, SendsIntermediate: true) { Extension = "crlDistributionPoints=URI:http://v4.lab.test:8880/revoked.crl" },
        new("missing-fetched", GoodNames, "intermediate", -1, 90, SendsIntermediate: false) { Extension = "authorityInfoAccess=caIssuers;URI:http://v4.lab.test/intermediate.crt" },
        new("weak-key", GoodNames, "intermediate", -1, 90, SendsIntermediate: true) { Key = "rsa:1024" },
        new("disordered", GoodNames, "intermediate", -1, 90, SendsIntermediate: false),
        new("intercepted", GoodNames, "interceptor", -1, 90, SendsIntermediate: false),
        new("other-identifier", GoodNames, "intermediate", -1, 90, SendsIntermediate: true) { Extension = "authorityKeyIdentifier=DER:30:16:80:14:01:02:03:04:05:06:07:08:09:0a:0b:0c:0d:0e:0f:10:11:12:13:14" },
        new("other-key", GoodNames, "intermediate", -1, 90, SendsIntermediate: false),
        new("wrong-usage", GoodNames, "intermediate", -1, 90, SendsIntermediate: true) { Extension = "keyUsage=critical,keyEncipherment" },
        new("no-policy", GoodNames, "policed", -1, 90, SendsIntermediate: true),
        new("old-responder", "", "intermediate", -60, -3, SendsIntermediate: false) { Purpose = "OCSPSigning" },
        new("answered-by-old", GoodNames, "intermediate", -1, 90, SendsIntermediate: true),
        new("wrong-purpose", GoodNames, "intermediate", -1, 90, SendsIntermediate: true) { Purpose = "clientAuth" },
    ];

    /// <summary>Makes them all in <paramref name="directory"/>.</summary>
    /// <param name="directory">An existing directory.</param>
    /// <param name="now">The time that validity is counted from.</param>
    /// <param name="cancel">Ends it early.</param>
    /// <exception cref="LabException">openssl failed.</exception>
    public static async Task MakeAsync(string directory, DateTimeOffset now, CancellationToken cancel)
    {
        await File.WriteAllTextAsync(Path.Combine(directory, "make.sh"), Script(now), cancel).ConfigureAwait(false);
        await Shell.RunAsync([], $"cd {Shell.Quote(directory)}; . ./make.sh", new Dictionary<string, string>(), cancel)
            .ConfigureAwait(false);
    }

    private static string Script(DateTimeOffset now)
    {
        string start = Date(now.AddDays(-400));
        string end = Date(now.AddDays(3650));
        var script = new StringBuilder($$"""
            cat >ca.cnf <<'END'
            [any]
            commonName = supplied
            [root]
            basicConstraints = critical,CA:TRUE
            keyUsage = critical,keyCertSign,cRLSign
            subjectKeyIdentifier = hash
            authorityKeyIdentifier = keyid:always
            [policed]
            basicConstraints = critical,CA:TRUE
            keyUsage = critical,keyCertSign,cRLSign
            subjectKeyIdentifier = hash
            authorityKeyIdentifier = keyid:always
            certificatePolicies = 1.3.6.1.4.1.32473.1
            policyConstraints = critical,requireExplicitPolicy:0
            END
            printf '[req]\ndistinguished_name=dn\n[dn]\n' >req.cnf
            authority() { # NAME COMMON-NAME ISSUER [SECTION]
                mkdir -p "$1.db"; : >"$1.db/index"
                { cat ca.cnf
                  printf '[ca]\ndefault_ca=it\n[it]\ndatabase=%s.db/index\nnew_certs_dir=%s.db\nrand_serial=yes\ndefault_md=sha256\npolicy=any\nunique_subject=no\ncopy_extensions=none\n' "$1" "$1"
                } >"$1.cnf"
                openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"
                openssl req -new -config req.cnf -key "$1.key" -subj "/CN=$2" -out "$1.csr"
                issue "$1" "$3" {{start}} {{end}} ca.cnf "${4:-root}"
            }
            issue() { # NAME ISSUER START END EXTENSIONS-FILE SECTION
                by="-cert $2.crt"; [ "$1" != "$2" ] || by=-selfsign
                cnf="$2.cnf"; [ -f "$cnf" ] || cnf=self.cnf
                openssl ca -batch -notext -config "$cnf" -keyfile "$2.key" $by -in "$1.csr" -startdate "$3" -enddate "$4" -extfile "$5" -extensions "$6" -out "$1.crt" 2>"$1.log" || { tail -n1 "$1.log" >&2; exit 1; }
            }
            leaf() { # NAME ISSUER START END SAN PURPOSE KEY EXTENSION
                { printf '[leaf]\nbasicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=%s\nsubjectKeyIdentifier=hash\n' "$6"
                  [ "$1" = "$2" ] || printf 'authorityKeyIdentifier=keyid:always\n'
                  printf '%s\n' "$8" # of two lines of one name, the later counts
                  [ -z "$5" ] || printf 'subjectAltName=%s\n' "$5"
                } >"$1.ext"
                case "$7" in
                    rsa:*) openssl genrsa -out "$1.key" "${7#rsa:}" 2>"$1.log" ;;
                    *) openssl ecparam -name "$7" -genkey -noout -out "$1.key" ;;
                esac
                openssl req -new -config req.cnf -key "$1.key" -subj "/CN=www.lab.test" -out "$1.csr"
                if [ "$1" = "$2" ]; then mkdir self.db; : >self.db/index; sed 's/^database=.*/database=self.db\/index/; s/^new_certs_dir=.*/new_certs_dir=self.db/' root.cnf >self.cnf; fi
                issue "$1" "$2" "$3" "$4" "$1.ext" leaf
                cp "$1.crt" "$1.pem"
            }
            answer() { # NAME ISSUER [SIGNER]
                openssl ocsp -index "$2.db/index" -CA "$2.crt" -rsigner "${3:-$2}.crt" -rkey "${3:-$2}.key" -issuer "$2.crt" -cert "$1.crt" -ndays 30 -noverify -respout "$1.ocsp" >"$1.log" 2>&1
            }
            authority root 'NetWhy Lab Root CA' root
            cp root.crt ca.pem
            authority intermediate 'NetWhy Lab Intermediate CA' root
            authority stranger-root 'Strange Root CA' stranger-root
            authority stranger 'Strange Intermediate CA' stranger-root
            authority interceptor 'Zscaler Root CA' interceptor
            authority intermediate-again 'NetWhy Lab Intermediate CA' root
            authority policed 'NetWhy Lab Policed CA' root policed

            """);
        foreach (Leaf leaf in Leaves)
        {
            string issuer = leaf.Issuer.Length > 0 ? leaf.Issuer : leaf.Name;
            script.Append(CultureInfo.InvariantCulture, $"leaf {leaf.Name} {issuer} {Date(now.AddDays(leaf.FromDays))} {Date(now.AddDays(leaf.ToDays))} '{leaf.AlternativeNames}' {leaf.Purpose} {leaf.Key} '{leaf.Extension}'\n");
            if (leaf.SendsIntermediate)
                script.Append(CultureInfo.InvariantCulture, $"cat {issuer}.crt >>{leaf.Name}.pem\n");
        }

        script.Append("""
            for it in revoked revoked-fetched revoked-listed; do
                openssl ca -batch -config intermediate.cnf -keyfile intermediate.key -cert intermediate.crt -revoke $it.crt 2>$it.log
            done
            printf '[list]\nauthorityKeyIdentifier=keyid:always\n' >>intermediate.cnf
            openssl ca -gencrl -config intermediate.cnf -crlexts list -keyfile intermediate.key -cert intermediate.crt -crldays 7 2>list.log | openssl crl -outform DER -out revoked.crl 2>>list.log
            answer revoked intermediate
            answer must-staple intermediate
            answer answered-by-old intermediate old-responder
            cat intermediate-again.crt >>other-key.pem
            cat root.crt intermediate.crt >>disordered.pem

            """);
        return script.ToString();
    }

    private static string Date(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyyMMddHHmmss'Z'", CultureInfo.InvariantCulture);
}

/// <summary>A server certificate.</summary>
/// <param name="Name">The names of its files begin with this.</param>
/// <param name="AlternativeNames">Its subjectAltName, as openssl takes it; empty for none.</param>
/// <param name="Issuer">Which authority signs; empty for itself.</param>
/// <param name="FromDays">Start of validity, in days from now.</param>
/// <param name="ToDays">End of validity, in days from now.</param>
/// <param name="SendsIntermediate">Whether the server's file holds the issuer's certificate, too.</param>
public sealed record Leaf(
    string Name, string AlternativeNames, string Issuer, int FromDays, int ToDays, bool SendsIntermediate)
{
    /// <summary>What it may be used for (extendedKeyUsage).</summary>
    public string Purpose { get; init; } = "serverAuth,clientAuth";

    /// <summary>Its key: the name of a curve, or <c>rsa:BITS</c>.</summary>
    public string Key { get; init; } = "prime256v1";

    /// <summary>A further extension, as openssl's configuration has it; empty for none.</summary>
    public string Extension { get; init; } = "";
}

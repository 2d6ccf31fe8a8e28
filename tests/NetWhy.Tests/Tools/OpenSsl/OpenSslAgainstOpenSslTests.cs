using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using NetWhy.Tests.App;
using NetWhy.Tests.Tools.Dig;
using NetWhy.Tools;
using Xunit;

namespace NetWhy.Tests.Tools.OpenSsl;

/// <summary>The same command lines for openssl and for netwhy: standard output octet by octet, standard error line by line, exit codes.</summary>
public sealed partial class OpenSslAgainstOpenSslTests(CertificateFiles files) : IClassFixture<CertificateFiles>
{
    private const string ShowLines = """
        -in every.pem -noout -text
        -in every.pem -noout -text -nameopt multiline,utf8
        -in every.pem -noout -text -nameopt RFC2253 -certopt no_pubkey,no_sigdump
        -in every.pem -noout -text -nameopt compat -certopt ext_dump
        -in every.pem -noout -text -certopt ext_parse
        -in every.pem -noout -text -certopt ext_error
        -in every.pem -noout -text -certopt ca_default
        -in every.pem -noout -text -certopt compatible,no_header,no_version,no_serial,no_signame
        -in every.pem -noout -text -certopt no_issuer,no_validity,no_subject,no_extensions,no_aux
        -in every.pem -noout -subject -issuer -serial -dates -fingerprint -hash -issuer_hash -email -ocsp_uri -ocspid -alias -purpose -modulus -pubkey -next_serial
        -in every.pem -noout -ext subjectAltName
        -in every.pem -noout -ext subjectAltName,keyUsage,nameConstraints,certificatePolicies,crlDistributionPoints
        -in every.pem -noout -ext basicConstraints,extendedKeyUsage,authorityInfoAccess,tlsfeature,noCheck,policyMappings,policyConstraints,inhibitAnyPolicy
        -in every.pem -noout -ext keyUsage -text
        -in every.pem -ext keyUsage
        -in every.pem -noout -ext ,
        -in every.pem -noout -subject -nameopt RFC2253
        -in every.pem -noout -subject -nameopt oneline
        -in every.pem -noout -subject -nameopt multiline
        -in every.pem -noout -subject -nameopt multiline,-esc_msb,utf8
        -in every.pem -noout -subject -nameopt utf8
        -in every.pem -noout -subject -nameopt compat
        -in every.pem -noout -subject -nameopt sep_semi_plus_space,lname,use_quote
        -in every.pem -noout -subject -nameopt sep_comma_plus,oid,dn_rev
        -in every.pem -noout -subject -nameopt show_type,dump_all,dump_der
        -in every.pem -noout -subject -nameopt esc_2253,esc_ctrl,esc_msb,nofname
        -in negative.pem -noout -text -subject -issuer -serial -next_serial
        -in negative.pem -noout -subject -nameopt RFC2253,-esc_2253
        -in ed25519.pem -noout -text -subject -issuer -modulus
        -in ed25519.pem -noout -pubkey -serial -ext subjectKeyIdentifier
        -in ed448.pem -noout -text -modulus -pubkey
        -in rsa.pem -noout -text -modulus -pubkey -purpose
        -in pss.pem -noout -text -modulus
        -in md5.pem -noout -text
        -in weak.pem -noout -text -pubkey
        -in trusted.pem -noout -alias -purpose -text
        -in trusted.pem -trustout
        -in trusted.pem
        -in trusted.pem -outform DER
        -in leaf.pem
        -in leaf.pem -outform DER
        -in leaf.pem -outform PEM -text
        -in leaf.der
        -in leaf.der -inform PEM -noout -subject
        -in leaf.pem -inform DER -noout -subject
        -in mixed.pem -noout -subject
        -in keyfirst.pem -noout -subject
        -in bundle.pem -noout -subject
        -in cut.pem -noout -subject
        -in crlf.pem -noout -subject
        -in oneline.pem -noout -subject
        -in gap.pem -noout -subject
        -in lead.pem -noout -subject
        -in blanks.pem -noout -subject
        -in bom.pem -noout -subject
        -in gapfirst.pem -noout -subject
        -
        -in damaged.pem -noout -subject
        -in empty -noout
        -in root.key -noout
        -in intermediate.crl -noout
        -in nowhere.pem -noout
        -in hashed -noout
        -in
        -in leaf.pem -noout -fingerprint -sha1
        -in leaf.pem -noout -fingerprint -sha256
        -in leaf.pem -noout -sha512 -fingerprint
        -in leaf.pem -noout -fingerprint -sha3-256
        -in leaf.pem -noout -fingerprint -blake2s256
        -in leaf.pem -noout -checkend 0
        -in leaf.pem -noout -checkend 86400
        -in leaf.pem -noout -checkend 999999999999
        -in leaf.pem -noout -checkend 0x10
        -in leaf.pem -noout -checkend soon
        -in leaf.pem -checkend 0 -subject
        -in leaf.pem -noout -checkhost www.lab.test
        -in every.pem -noout -checkhost x.b.test
        -in every.pem -noout -checkhost x.y.b.test
        -in client.pem -noout -checkhost client.lab.test
        -in leaf.pem -noout -checkip 10.1.2.3
        -in every.pem -noout -checkip 2001:db8::1
        -in leaf.pem -noout -checkemail me@other.test
        -in leaf.pem -noout -checkhost www.lab.test -checkemail x@y.test -checkip 10.1.2.3 -subject
        -in leaf.pem -checkhost www.lab.test
        -in leaf.pem -noout -dates -dateopt iso_8601
        -in leaf.pem -noout -startdate -enddate -startdate
        -in leaf.pem -noout -subject -serial -subject -issuer
        -in leaf.pem -nocert -subject
        --in leaf.pem --noout -subject
        -in=leaf.pem -noout -issuer
        -in leaf.pem -noout -ext nothing
        -in leaf.pem -noout -subject -writerand /nosuch/seeds
        -in leaf.pem -noout -subject -writerand seeds
        """;

    private const string VerifyLines = """
        -CAfile root.pem -untrusted intermediate.pem leaf.pem
        -CAfile root.pem -untrusted intermediate.pem -show_chain leaf.pem
        -CAfile root.pem -untrusted intermediate.pem -show_chain -nameopt multiline leaf.pem
        -CAfile root.pem -untrusted intermediate.pem leaf.pem client.pem foreign.pem
        -CAfile root.pem leaf.pem
        -CAfile bundle.pem -no-CApath leaf.pem
        -CAfile intermediate.pem -no-CApath leaf.pem
        -CAfile intermediate.pem -no-CApath -partial_chain leaf.pem
        -CAfile leaf.pem -no-CApath -partial_chain -show_chain leaf.pem
        -no-CAfile -no-CApath -untrusted intermediate.pem -untrusted root.pem leaf.pem
        -no-CAfile -no-CApath rsa.pem
        -CApath hashed -no-CAfile -untrusted intermediate.pem leaf.pem
        -CApath nowhere leaf.pem
        -trusted root.pem -untrusted bundle.pem leaf.pem
        -trusted root.pem -CAfile root.pem leaf.pem
        -trusted trusted.pem -purpose sslclient every.pem
        -trusted trusted.pem -purpose sslserver -untrusted intermediate.pem leaf.pem
        -trusted root.pem -untrusted intermediate.pem -purpose sslserver leaf.pem
        -trusted root.pem -untrusted intermediate.pem -purpose sslclient leaf.pem
        -trusted root.pem -untrusted intermediate.pem -purpose sslserver client.pem
        -trusted root.pem -untrusted intermediate.pem -purpose timestampsign leaf.pem
        -trusted root.pem -untrusted intermediate.pem -purpose nothing leaf.pem
        -trusted root.pem -untrusted intermediate.pem -verify_hostname www.lab.test leaf.pem
        -trusted root.pem -untrusted intermediate.pem -verify_hostname other.test leaf.pem
        -trusted root.pem -untrusted intermediate.pem -verify_ip 10.1.2.4 leaf.pem
        -trusted root.pem -untrusted intermediate.pem -verify_email you@other.test leaf.pem
        -trusted root.pem -untrusted intermediate.pem -attime 1000000000 leaf.pem
        -trusted root.pem -untrusted intermediate.pem -attime 4000000000 leaf.pem
        -trusted root.pem -untrusted intermediate.pem -attime 4000000000 -no_check_time leaf.pem
        -trusted root.pem -untrusted intermediate.pem -verify_depth 0 leaf.pem
        -trusted root.pem -untrusted intermediate.pem -x509_strict leaf.pem
        -trusted root.pem -untrusted signer.pem -x509_strict -purpose sslserver signed.pem
        -trusted root.pem -untrusted signer.pem -x509_strict -purpose sslclient signed.pem
        -trusted root.pem -untrusted signer.pem -x509_strict -purpose smimesign signed.pem
        -trusted root.pem -untrusted signer.pem -purpose sslserver signed.pem
        -trusted root.pem -untrusted intermediate.pem -verify_ip 010.001.002.003 leaf.pem
        -trusted root.pem -untrusted intermediate.pem -x509_strict excluded.pem client.pem
        -trusted root.pem -untrusted intermediate.pem excluded.pem
        -trusted root.pem -untrusted intermediate.pem foreign.pem
        -trusted root.pem -untrusted intermediate.pem critical.pem
        -trusted root.pem -untrusted intermediate.pem -ignore_critical critical.pem
        -trusted root.pem -untrusted intermediate.pem -untrusted leaf.pem below.pem
        -trusted root.pem -untrusted intermediate.pem -auth_level 1 weakleaf.pem
        -trusted root.pem -untrusted intermediate.pem -auth_level 2 leaf.pem weakleaf.pem
        -trusted root.pem -untrusted intermediate.pem -crl_check leaf.pem
        -trusted root.pem -untrusted intermediate.pem -crl_check -CRLfile intermediate.crl leaf.pem
        -trusted root.pem -untrusted intermediate.pem -crl_check -CRLfile intermediate.crl revoked.pem
        -trusted root.pem -untrusted intermediate.pem -crl_check_all -CRLfile intermediate.crl leaf.pem
        -trusted root.pem -untrusted intermediate.pem -crl_check_all -CRLfile both.crl leaf.pem
        -trusted root.pem -untrusted intermediate.pem -crl_check -CRLfile intermediate.crl -attime 4000000000 leaf.pem
        -trusted root.pem -untrusted intermediate.pem -CRLfile leaf.pem leaf.pem
        -trusted root.pem -untrusted intermediate.pem -policy_check -policy 1.2.3.4 -explicit_policy leaf.pem
        -trusted root.pem -untrusted intermediate.pem -explicit_policy client.pem
        -trusted root.pem -untrusted intermediate.pem -explicit_policy leaf.pem
        -trusted root.pem -untrusted intermediate.pem -policy_print leaf.pem
        -trusted root.pem -untrusted intermediate.pem -policy_print -policy_check leaf.pem client.pem
        -trusted root.pem -untrusted intermediate.pem -policy_print -policy_check -policy 1.2.3.5 -policy 1.2.3.4 leaf.pem
        -trusted root.pem -untrusted intermediate.pem -policy_print -explicit_policy -policy anyPolicy leaf.pem
        -trusted root.pem -policy_print -policy_check root.pem
        -trusted root.pem -untrusted wide.pem -policy_print -policy_check narrow.pem
        -trusted root.pem -untrusted wide.pem -policy_print -policy_check -policy 1.2.3.9 -policy 1.3.5.9 narrow.pem
        -trusted root.pem -untrusted wide.pem -policy_print -policy_check -policy 1.2.3.77 wideleaf.pem
        -trusted root.pem -untrusted wide.pem -policy_print -explicit_policy -policy anyPolicy wideleaf.pem
        -trusted root.pem -untrusted wide.pem -policy_print -policy_check -inhibit_any wideleaf.pem
        -trusted root.pem -untrusted mapping.pem -untrusted mappingany.pem -policy_check -policy_print mapping-mapped.pem mapping-any.pem mappingany-mapped.pem mappingany-any.pem
        -trusted root.pem -untrusted mapping.pem -untrusted mappingany.pem -policy_check -policy_print -policy 1.2.3.9 -policy 1.2.3.7 mapping-mapped.pem mapping-any.pem mappingany-mapped.pem mappingany-any.pem
        -trusted root.pem -untrusted mapping.pem -untrusted mappingany.pem -policy_check -policy_print -explicit_policy -policy anyPolicy mapping-mapped.pem mapping-any.pem mappingany-mapped.pem mappingany-any.pem
        -trusted root.pem -untrusted mapping.pem -untrusted mappingany.pem -policy_check -policy_print -inhibit_any mapping-mapped.pem mapping-any.pem mappingany-mapped.pem mappingany-any.pem
        -trusted root.pem -untrusted mapping.pem -untrusted mappingany.pem -policy_check -policy_print -inhibit_map mapping-mapped.pem mapping-any.pem mappingany-mapped.pem mappingany-any.pem
        -trusted root.pem -untrusted long.pem -policy_check -policy_print longleaf.pem
        -trusted root.pem -untrusted intermediate.pem -suiteB_128 leaf.pem
        -trusted root.pem -untrusted intermediate.pem -suiteB_128_only leaf.pem
        -trusted root.pem -untrusted intermediate.pem -suiteB_192 leaf.pem
        -trusted root.pem -untrusted suite192.pem -suiteB_128 suite192leaf.pem
        -trusted suite192.pem -partial_chain -suiteB_192 suite192leaf.pem
        -trusted suite192.pem -partial_chain -suiteB_128_only suite192leaf.pem
        -trusted root.pem -suiteB_128 signer.pem root.pem rsa.pem
        -trusted root.pem -suiteB_128_only signer.pem
        -trusted rsa.pem -suiteB_128 rsa.pem
        -trusted weak.pem -suiteB_128 weak.pem
        -trusted root.pem -untrusted intermediate.pem -suiteB_128 -crl_check -CRLfile intermediate.crl leaf.pem
        -trusted root.pem -untrusted intermediate.pem -crl_check -use_deltas -CRLfile intermediate.crl leaf.pem revoked.pem
        -trusted root.pem -crl_check -CRLfile full.crl fresh1.pem fresh2.pem
        -trusted root.pem -crl_check -use_deltas -CRLfile full.crl -CRLfile delta.crl fresh1.pem
        -trusted root.pem -crl_check -use_deltas -CRLfile full.crl -CRLfile delta.crl fresh2.pem
        -trusted root.pem -crl_check -use_deltas -CRLfile full.crl -CRLfile delta.crl fresh3.pem
        -trusted root.pem -crl_check -use_deltas -CRLfile full.crl -CRLfile late.crl fresh1.pem fresh3.pem
        -trusted root.pem -crl_check -use_deltas -CRLfile full.crl -CRLfile expireddelta.crl fresh1.pem fresh2.pem fresh3.pem
        -trusted root.pem -crl_check -use_deltas -CRLfile full.crl -CRLfile twice.crl fresh1.pem fresh2.pem fresh3.pem
        -trusted root.pem -crl_check -use_deltas -CRLfile expired.crl -CRLfile expireddelta.crl fresh1.pem
        -CAfile withlist.pem -crl_check -CRLfile expired.crl fresh1.pem
        -CAfile withlist.pem -crl_check fresh1.pem fresh2.pem
        -trusted every.pem -check_ss_sig every.pem
        -trusted ed25519.pem -check_ss_sig ed25519.pem
        -trusted root.pem -explicit_policy ed25519.pem
        -trusted pss.pem -check_ss_sig -auth_level 1 pss.pem
        -trusted root.pem nowhere.pem leaf.pem
        -trusted root.pem empty
        -trusted empty leaf.pem
        -trusted nowhere.pem leaf.pem
        -untrusted empty -trusted root.pem leaf.pem
        -CAfile nowhere.pem leaf.pem
        -CAfile rootder.der -untrusted intermediate.pem leaf.pem
        -trusted rootder.der -untrusted intermediate.pem leaf.pem
        -trusted bom.pem -untrusted intermediate.pem crlf.pem
        -trusted gapfirst.pem -untrusted intermediate.pem leaf.pem
        -CAfile gapfirst.pem -untrusted intermediate.pem leaf.pem
        -trusted root.pem -untrusted intermediate.pem -verify_hostname= leaf.pem
        -trusted root.pem - leaf.pem
        -trusted root.pem -untrusted intermediate.pem cut.pem leaf.der
        -trusted root.pem -trusted_first -no_alt_chains -untrusted bundle.pem mixed.pem
        -unknown
        -CAfile
        -verify_hostname
        """;

    [Fact]
    public void Certificates_are_shown_as_openssl_shows_them() => Compare("x509", ShowLines);

    [Fact]
    public void Certificates_are_verified_as_openssl_verifies_them() => Compare("verify", VerifyLines);

    [Fact]
    public void Standard_input_is_read_as_a_file_is()
    {
        foreach (string file in new[] { "mixed.pem", "leaf.der", "empty" })
        {
            Left theirs = Start("openssl", ["x509", "-noout", "-subject", "-fingerprint"], file), ours = Start(NetWhyProgram.Path, ["openssl", "x509", "-noout", "-subject", "-fingerprint"], file);
            Assert.Null(Difference(theirs, ours));
        }
    }

    [Fact]
    public void A_missing_issuer_is_named_with_what_to_do()
    {
        string notes = Run("verify", ["--why", "-CAfile", "root.pem", "leaf.pem"]).Error;

        Assert.Contains("No certificate of O=Lab, CN=Intermediate is at hand", Unwrapped(notes), StringComparison.Ordinal);
        Assert.Contains("openssl verify takes it by -untrusted", Unwrapped(notes), StringComparison.Ordinal);
    }

    [Fact]
    public void Of_critical_extensions_those_that_are_not_known_are_named()
    {
        string notes = Unwrapped(Run("verify", ["--why", "-CAfile", "root.pem", "-untrusted", "intermediate.pem", "critical.pem"]).Error);

        Assert.Contains("critical: 1.2.3.4.5.7", notes, StringComparison.Ordinal);
        Assert.DoesNotContain("critical: 2.5.29", notes, StringComparison.Ordinal);
    }

    // openssl says no word then.
    [Theory]
    [InlineData("10.1.2")]
    [InlineData("10.1.2.256")]
    [InlineData("10.1.2.3.")]
    [InlineData("0xa.1.2.3")]
    [InlineData("::1%lo")]
    public void What_is_no_address_is_refused_as_openssl_does(string address)
    {
        string[] words = ["verify", "-CAfile", "root.pem", "-untrusted", "intermediate.pem", "-verify_ip", address, "leaf.pem"];

        Left theirs = Start("openssl", words, null), ours = Start(NetWhyProgram.Path, ["openssl", .. words], null);

        Assert.Equal((theirs.ExitCode, theirs.Output), (ours.ExitCode, ours.Output));
    }

    [Fact]
    public void A_delta_list_that_has_expired_is_told_of()
    {
        string notes = Unwrapped(Run("verify", ["--why", "-trusted", "root.pem", "-crl_check", "-use_deltas", "-CRLfile", "full.crl", "-CRLfile", "expireddelta.crl", "fresh1.pem"]).Error);

        Assert.Contains("A delta list is valid no more since 2024-06-01 00:00:00 UTC", notes, StringComparison.Ordinal);
    }

    [Fact]
    public void A_path_that_only_needs_partial_chains_is_found()
    {
        string notes = Run("verify", ["--why", "-CAfile", "intermediate.pem", "-no-CApath", "leaf.pem"]).Error;

        Assert.Contains("openssl takes it with -partial_chain", Unwrapped(notes), StringComparison.Ordinal);
    }

    [Fact]
    public void Json_has_every_extension_and_every_error()
    {
        JsonElement shown = JsonDocument.Parse(Run("x509", ["-in", "every.pem", "--json", "-checkhost", "a.test"]).Output).RootElement;
        JsonElement verified = JsonDocument.Parse(Run("verify", ["--json", "-CAfile", "root.pem", "leaf.pem"]).Output).RootElement;

        Assert.Equal(20, shown.GetProperty("extensions").GetArrayLength());
        Assert.Equal("DNS:a.test, DNS:*.b.test", shown.GetProperty("extensions").EnumerateArray().Single(one => one.TryGetProperty("name", out JsonElement name) && name.ValueEquals("subjectAltName")).GetProperty("text").GetString()![..24]);
        Assert.True(shown.GetProperty("checks").GetProperty("host").GetBoolean());
        Assert.Equal("1234567890ABCDEF1234567890ABCDEF12345678", shown.GetProperty("serial").GetString());
        JsonElement error = verified.GetProperty("results")[0].GetProperty("errors")[0];
        Assert.Equal((20, 0), (error.GetProperty("code").GetInt32(), error.GetProperty("depth").GetInt32()));
    }

    [Theory]
    [InlineData("ca")]
    [InlineData("nonsense")]
    public void Other_commands_are_refused_with_those_that_are_there(string command)
    {
        ToolException refusal = Assert.Throws<ToolException>(() => Run(command, []));

        Assert.Equal(1, refusal.ExitCode);
        Assert.Contains("s_client, x509 and verify are there", refusal.Message, StringComparison.Ordinal);
    }

    private static string Unwrapped(string notes) => Blanks().Replace(notes, " ");

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();

    // What openssl prints of its queue of errors begins with the number of a thread.
    [GeneratedRegex("^[0-9A-F]{8,}:error:")]
    private static partial Regex QueueLine();

    private void Compare(string command, string text)
    {
        string[] lines = text.Split('\n');
        using Process openssl = StartAll(command, lines);
        Left[] ours = [.. lines.Select(line => Run(command, line.Split(' ', StringSplitOptions.RemoveEmptyEntries)))];
        Assert.True(openssl.WaitForExit(TimeSpan.FromSeconds(60)), "openssl does not end");
        List<string> differences = [];
        for (int i = 0; i < lines.Length; i++)
        {
            if (Difference(new Left(int.Parse(LeftBy(command, i, "code"), CultureInfo.InvariantCulture), LeftBy(command, i, "output"), LeftBy(command, i, "error")), ours[i]) is { } difference)
                differences.Add($"openssl {command} {lines[i]}\n{difference}");
        }

        Assert.True(differences.Count == 0, string.Join("\n\n", differences));
    }

    // All lines by one shell, half of them on each of two processors: a process started from here costs more than openssl itself.
    private Process StartAll(string command, string[] lines)
    {
        IEnumerable<string> calls = lines.Select((line, i) => string.Create(CultureInfo.InvariantCulture,
            $"openssl {command} {line} </dev/null >{command}-{i}.output 2>{command}-{i}.error; echo $? >{command}-{i}.code"));
        string script = Path.Combine(files.Place, command + ".sh");
        File.WriteAllLines(script,
        [
            $"cd '{files.Place}'", "(", .. calls.Where((_, i) => i % 2 == 0), ") &", .. calls.Where((_, i) => i % 2 == 1), "wait",
        ]);
        return Process.Start("sh", [script]);
    }

    private string LeftBy(string command, int line, string what) =>
        Encoding.Latin1.GetString(File.ReadAllBytes(Path.Combine(files.Place, string.Create(CultureInfo.InvariantCulture, $"{command}-{line}.{what}"))));

    private static string? Difference(Left theirs, Left ours)
    {
        if (theirs.ExitCode != ours.ExitCode)
            return $"exit code {theirs.ExitCode}, not {ours.ExitCode}\n{ours.Error}";
        if (theirs.Output != ours.Output)
            return $"output\n{theirs.Output}\nnot\n{ours.Output}";
        string[] expected = Lines(theirs.Error), found = Lines(ours.Error);
        return expected.Length == found.Length && expected.Zip(found).All(pair => IsSame(pair.First, pair.Second)) ? null : $"error\n{theirs.Error}\nnot\n{ours.Error}";
    }

    private static string[] Lines(string text) => [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => !QueueLine().IsMatch(line))];

    // Of files that cannot be read, netwhy says why in the same line.
    private static bool IsSame(string theirs, string ours) => theirs == ours
        || (theirs.StartsWith("Could not", StringComparison.Ordinal) || theirs.StartsWith("Error loading", StringComparison.Ordinal)) && ours.StartsWith(theirs + ": ", StringComparison.Ordinal);

    private Left Run(string command, string[] words)
    {
        // Paths are of the place that openssl runs in; names of files end in these.
        string[] placed = [.. words.Select(Placed)];
        using var host = new CollectingHost();
        int exitCode = ToolCatalog.Find("openssl")!.Run([command, .. placed], host);
        return new Left(exitCode, Unplaced(Encoding.Latin1.GetString(host.Octets)), Unplaced(Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(host.Notes))));
    }

    private string Placed(string word) => Path.GetExtension(word) is ".pem" or ".der" or ".crl" or ".key" || word is "empty" or "hashed" or "nowhere"
        ? word.Contains('=', StringComparison.Ordinal) ? word.Replace("=", $"={files.Place}/", StringComparison.Ordinal) : Path.Combine(files.Place, word)
        : word;

    private string Unplaced(string text) => text.Replace(files.Place + "/", "", StringComparison.Ordinal);

    private Left Start(string program, string[] words, string? input)
    {
        var start = new ProcessStartInfo(program, words)
        {
            WorkingDirectory = files.Place,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.Latin1,
            StandardErrorEncoding = Encoding.Latin1,
        };
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        if (input is not null)
            process.StandardInput.BaseStream.Write(File.ReadAllBytes(Path.Combine(files.Place, input)));
        process.StandardInput.Close();
        Assert.True(process.WaitForExit(TimeSpan.FromSeconds(60)), $"{program} does not end");
        return new Left(process.ExitCode, output.GetAwaiter().GetResult(), error.GetAwaiter().GetResult());
    }

    private sealed record Left(int ExitCode, string Output, string Error);
}

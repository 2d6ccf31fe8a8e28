// Validates a name again and again through a resolver: dotnet run -c Release Validate.cs ANCHORS RESOLVER NAME… (see validate)
//
// Prints the status, how many questions were asked, and the milliseconds of the first validation in the process, which compiles
// and loads libcrypto, and of the others.
#:project ../../src/NetWhy.Names/NetWhy.Names.csproj
#:property PublishAot=false
#:property TreatWarningsAsErrors=false
#:property InvariantGlobalization=true
using System.Diagnostics;
using System.Globalization;
using System.Net;
using NetWhy.Names;
using NetWhy.Wire.Dns;

const int Rounds = 100;

if (TrustAnchorText.Read(File.ReadAllText(args[0]), out TrustAnchors anchors) is { } problem)
    throw new InvalidOperationException(problem);

var source = new ForwardingSource(DnsNetwork.Instance, [new DnsServer(IPAddress.Parse(args[1]))], TimeSpan.FromSeconds(5));
var validator = new Validator(source, anchors, TimeProvider.System);
Console.WriteLine($"{"",-28} {"status",-10} {"questions",9} {"first ms",9} {"min ms",9} {"median ms",9}");
foreach (string text in args[2..])
{
    _ = DomainName.TryParse(text, out DomainName name);
    List<double> times = [];
    Validation? validation = null;
    for (int i = 0; i < Rounds; i++)
    {
        long begin = Stopwatch.GetTimestamp();
        validation = await validator.ValidateAsync(name, DnsRecordType.A, CancellationToken.None);
        times.Add(Stopwatch.GetElapsedTime(begin).TotalMilliseconds);
    }

    Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{text,-28} {validation!.Status,-10} {validation.Questions,9} {times[0],9:N1} {times.Min(),9:N2} {times.Order().ElementAt(Rounds / 2),9:N2}"));
}

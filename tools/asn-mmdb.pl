#!/usr/bin/perl
# asn-mmdb.pl IPV4.csv IPV6.csv OUT.mmdb - CSV lines "first,last,number,name" to a MaxMind DB with MaxMind's own AS layout.
use strict;
use warnings;
use Math::BigInt;
use MaxMind::DB::Writer::Tree;

my ($v4, $v6, $out) = @ARGV;
die "usage: asn-mmdb.pl IPV4.csv IPV6.csv OUT.mmdb\n" unless defined $out;

my %types = (autonomous_system_number => 'uint32', autonomous_system_organization => 'utf8_string');
my $tree = MaxMind::DB::Writer::Tree->new(
	ip_version            => 6,
	record_size           => 28,
	database_type         => 'ip-location-db asn',
	languages             => ['en'],
	description           => { en => 'AS numbers from ip-location-db: RouteViews and DB-IP, CC BY 4.0' },
	map_key_type_callback => sub { $types{ $_[0] } },
	remove_reserved_networks => 0,
);

for my $file ($v4, $v6) {
	open my $in, '<:encoding(UTF-8)', $file or die "cannot open '$file': $!\n";
	while (my $line = <$in>) {
		chomp $line;
		my ($first, $last, $number, $name) = $line =~ /^([^,]+),([^,]+),(\d+),"?(.*?)"?$/
			or die "$file:$.: not first,last,number,name\n";
		$name =~ s/""/"/g;
		$tree->insert_range($first, $last,
			{ autonomous_system_number => $number, autonomous_system_organization => $name });
	}
	close $in;
}
open my $fh, '>:raw', $out or die "cannot open '$out': $!\n";
$tree->write_tree($fh);
close $fh or die "cannot write '$out': $!\n";
